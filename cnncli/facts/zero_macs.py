"""The classes that count as no multiply-accumulates, by the convention in macs.py."""

from __future__ import annotations

from cnncli.network.walk import words

ZERO_LAYERS = words("""
    InputLayer Identity Flatten Reshape Permute RepeatVector Masking Embedding
    Activation ReLU LeakyReLU PReLU ELU Softmax ActivityRegularization
    Dropout AlphaDropout GaussianDropout GaussianNoise
    SpatialDropout1D SpatialDropout2D SpatialDropout3D StochasticDepth
    BatchNormalization GroupNormalization LayerNormalization RMSNormalization UnitNormalization
    Normalization Rescaling LayerScale CustomScaleLayer
    Add Average Concatenate Maximum Minimum Multiply Subtract
    MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
    Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D CenterCrop
    UpSampling1D UpSampling2D UpSampling3D Resizing
    CategoryEncoding Discretization Hashing HashedCrossing IntegerLookup StringLookup
    RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
    RandomErasing RandomFlip RandomGrayscale RandomHue RandomInvert RandomPosterization
    RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom
    """)
ZERO_OPS = words("""
    Abs Absolute Add Amax Amin Any All Arange Argmax Argmin Average BroadcastTo Cast Ceil Clip
    Concatenate ConvertToTensor Copy Cos Cosh Divide DivideNoNan Equal Erf Exp ExpandDims Expm1
    Flip Floor FloorDivide FullLike GetItem Greater GreaterEqual Less LessEqual Log Log10 Log1p
    Log2 Logaddexp LogicalAnd LogicalNot LogicalOr Max Maximum Mean Min Minimum Mod Moveaxis
    Multiply Negative NotEqual OnesLike Pad Power Prod Ravel Reciprocal Repeat Reshape Roll Round
    Rsqrt Select Sign Sin Sinh Sort Split Sqrt Square Squeeze Stack Std StopGradient Subtract Sum
    Swapaxes Take TakeAlongAxis Tan Tanh Tile TopK Transpose Tril Triu TrueDivide Trunc Unstack
    Var Where ZerosLike Slice Logsumexp Norm Rearrange
    AdaptiveAveragePool AdaptiveMaxPool AveragePool MaxPool BatchNorm LayerNorm RMSNorm Normalize
    Celu DepthToSpace Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid
    LogSoftmax Moments MultiHot OneHot Relu Relu6 Selu Sigmoid Silu SoftShrink Softmax Softplus
    Softsign SpaceToDepth SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink Threshold
    Resize CropImages PadImages RGBToGrayscale
    """)
