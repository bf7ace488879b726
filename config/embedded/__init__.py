"""Which servers come with Headwater, for those who have none of their own?"""
