"""How does Django reach the database: which server, and as which role?"""
