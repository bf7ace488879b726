"""What is there to say of one asset, section by section?"""
