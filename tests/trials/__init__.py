"""
Trial studies: one invented from each seed, brought end to end, and held to laws.

`study` draws what a study is, `files` writes what its owner would bring, `bring` lays it out and
builds everything, `laws` and `secrets` say what must be true of what came out. Four steps, four
files: each is read, and broken on purpose, by itself.
"""
