"""What people are told, in their language: one template per topic and language, for the mail and the inbox."""
