"""What is told of runs, jobs and datasets, gathered in bulk before it is written."""
