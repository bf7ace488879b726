"""How do rights become one filter over a model's rows?"""
