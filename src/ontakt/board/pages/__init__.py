"""The pages of the board, a file each."""
