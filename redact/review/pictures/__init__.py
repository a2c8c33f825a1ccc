"""What is looked at and listened to: pictures by frame, as they are and as they will leave, and sound."""
