"""What pages and API share: who asks, in which transaction, with what right, and in which language."""
