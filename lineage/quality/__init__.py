"""How fresh, how big and how good is a dataset, and how reliable is a job?"""
