"""What people read, in their language and their locale's conventions."""
