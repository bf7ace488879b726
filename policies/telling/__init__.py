"""How are rights told to people, and what do they mean by their words?"""
