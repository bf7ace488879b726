"""How fast is it, how does it grow, and what limit is it measured against?"""
