"""What is done to events and to what they tell, and journaled."""
