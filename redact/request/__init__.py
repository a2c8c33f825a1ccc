"""What is asked of one copy: the request, its file, and the times that people say."""
