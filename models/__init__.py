"""Networks: the catalogue, the weight store, engines and heads. FrameBatch in, Detections out."""
