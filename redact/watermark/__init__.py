"""The strip below the picture and the mark across it: laid out, painted, read back."""
