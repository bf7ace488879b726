"""How is something found whose name, column, tag or description is half known?"""
