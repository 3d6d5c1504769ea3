"""One image (OpenCV): decode, resize, kernels, convolution, pooling."""
