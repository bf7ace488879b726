"""How are passwords hashed?"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id at OWASP's parameters: 19 MiB for a guess, one lane.

    Django's own take 100 MiB and eight lanes: as many sign-ins at a time as there are
    web threads would take all memory.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
