"""`python -m bigram.corpus` counts the words of files: the short name of the program `bigram.scale.corpus`."""

from bigram.scale.corpus import main

if __name__ == "__main__":
    main()
