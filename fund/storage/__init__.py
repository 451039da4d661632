"""Files that people send: kept by their content, judged by their content, named harmlessly, scanned."""
