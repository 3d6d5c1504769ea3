"""Names that are loaded on use: `--help` lists them without importing what they stand for."""

from __future__ import annotations

from cnncli.entry import Entry, Explainer, Exporter
from cnncli.extras import LITERT, ONNX, TUNE

EXPORTERS: tuple[Exporter, ...] = (
    Exporter(
        "python",
        "cnncli.exporters.python:export",
        "Keras code",
        takes="architecture",
        endings=(".py",),
        text=True,
    ),
    Exporter("keras", "cnncli.exporters.keras_model:export", "with weights", endings=(".keras",)),
    Exporter(
        "onnx",
        "cnncli.exporters.onnx:FORMAT",
        "for ONNX Runtime",
        requires=ONNX,
        endings=(".onnx",),
        quantize=("dynamic", "int8"),
    ),
    Exporter(
        "tflite",
        "cnncli.exporters.tflite:FORMAT",
        "for phones",
        requires=LITERT,
        endings=(".tflite",),
        quantize=("float16", "dynamic", "int8"),
    ),
    Exporter(
        "saved-model", "cnncli.exporters.saved_model:FORMAT", "a folder", folder="saved_model.pb"
    ),
    Exporter("weights", "cnncli.exporters.weights:export", "NumPy arrays", endings=(".npz",)),
)

METHODS: tuple[Explainer, ...] = tuple(
    Explainer(
        name,
        f"cnncli.explain.{name.replace('-', '_')}:maps",
        help,
        by_layer=by_layer,
        by_size=name in ("gradient", "smoothgrad"),
        by_answers=name in ("occlusion", "rise"),
    )
    for name, by_layer, help in (
        ("grad-cam", True, "Maps of a layer, weighted by the mean of their gradients."),
        ("grad-cam-plus-plus", True, "As grad-cam, with more weight where a map counts."),
        ("hires-cam", True, "Maps of a layer times their gradients, place by place."),
        ("score-cam", True, "Maps of a layer, weighted by what is seen through each."),
        ("occlusion", False, "How far the score falls when a part is covered."),
        ("rise", False, "How the probability depends on what random masks show."),
        ("gradient", False, "How the score changes with each pixel."),
        ("gradient-x-input", False, "The gradient times the pixel."),
        ("smoothgrad", False, "The mean size of the gradient over noisy copies."),
        ("integrated-gradients", False, "What each pixel adds to the score, from a baseline on."),
    )
)
# What must fail every check of an explanation; not for users to choose.
CONTROL = Explainer("edges", "cnncli.explain.edges:maps", "An edge detector.")

COMMANDS: tuple[Entry, ...] = (
    Entry(
        "list",
        "cnncli.commands.list_:list_",
        "List the architectures that come with cnncli.",
        "Architectures",
    ),
    Entry(
        "show",
        "cnncli.commands.show:show",
        "Print the YAML of an architecture.",
        "Architectures",
    ),
    Entry(
        "new",
        "cnncli.commands.new:new",
        "Write a commented spec to start from.",
        "Architectures",
    ),
    Entry(
        "validate",
        "cnncli.commands.validate:validate",
        "Check spec files: every problem, with line and column.",
        "Architectures",
    ),
    Entry(
        "import",
        "cnncli.commands.import_:import_",
        "Write a Keras model as a spec.",
        "Architectures",
    ),
    Entry(
        "schema",
        "cnncli.commands.schema:schema",
        "Print the JSON Schema of specs, for editors.",
        "Architectures",
    ),
    Entry(
        "layers",
        "cnncli.commands.layers:layers",
        "List what a spec may say: layers, optimizers, ..., and their arguments.",
        "Architectures",
    ),
    Entry(
        "summary",
        "cnncli.commands.summary:summary",
        "Show the layers of a network, with what each costs.",
        "Inspect",
    ),
    Entry(
        "compare",
        "cnncli.commands.compare:compare",
        "Show networks side by side, and what differs.",
        "Inspect",
    ),
    Entry(
        "diagram",
        "cnncli.commands.diagram:diagram",
        "Draw a network.",
        "Inspect",
    ),
    Entry(
        "neuron",
        "cnncli.commands.neuron:neuron",
        "Compute one neuron step by step, and draw it.",
        "Learn",
    ),
    Entry(
        "activations",
        "cnncli.commands.activations:activations",
        "Draw activation functions and where they saturate.",
        "Learn",
    ),
    Entry(
        "convolve",
        "cnncli.commands.convolve:convolve",
        "Apply kernels to an image, as a Conv2D does.",
        "Learn",
    ),
    Entry(
        "kernels",
        "cnncli.commands.kernels:kernels",
        "List the kernels by name, with their matrices.",
        "Learn",
    ),
    Entry(
        "pool",
        "cnncli.commands.pool:pool",
        "Pool an image or a matrix, window by window.",
        "Learn",
    ),
    Entry(
        "samples",
        "cnncli.commands.samples:samples",
        "List the samples, or write images whose causes are known.",
        "Learn",
    ),
    Entry(
        "data",
        "cnncli.commands.data:data",
        "Check a folder of images before training on it.",
        "Train",
    ),
    Entry(
        "train",
        "cnncli.commands.train:train",
        "Train a network on a folder of images, or go on with a run.",
        "Train",
    ),
    Entry(
        "crossval",
        "cnncli.commands.crossval:crossval",
        "Train and test on every fold of a folder of images.",
        "Train",
    ),
    Entry(
        "tune",
        "cnncli.commands.tune:tune",
        "Try many trainings, and keep what is best by the validation part.",
        "Train",
        requires=TUNE,
    ),
    Entry(
        "evaluate",
        "cnncli.commands.evaluate:evaluate",
        "Measure a trained network on images.",
        "Train",
    ),
    Entry(
        "predict",
        "cnncli.commands.predict:predict",
        "Predict the class of images.",
        "Train",
    ),
    Entry(
        "cache",
        "cnncli.commands.cache:cache",
        "Show and clear what is kept between calls.",
        "Train",
    ),
    Entry(
        "runs",
        "cnncli.commands.runs:runs",
        "Show training runs side by side, or what differs between two.",
        "Train",
    ),
    Entry(
        "curves",
        "cnncli.commands.curves:curves",
        "Draw how training went in several runs, in one picture.",
        "Train",
    ),
    Entry(
        "features",
        "cnncli.commands.features:features",
        "Show what each layer makes of an image.",
        "Look inside",
    ),
    Entry(
        "filters",
        "cnncli.commands.filters:filters",
        "Show the kernels that a network has learnt.",
        "Look inside",
    ),
    Entry(
        "explain",
        "cnncli.commands.explain:explain",
        "Show what in an image speaks for its class.",
        "Look inside",
    ),
    Entry(
        "mistakes",
        "cnncli.commands.mistakes:mistakes",
        "Show which images are taken for another class, and why.",
        "Look inside",
    ),
    Entry(
        "report",
        "cnncli.commands.report:report",
        "Write one HTML page on a run: verdict, figures, mistakes, methods.",
        "Look inside",
    ),
    Entry(
        "export",
        "cnncli.commands.export:export",
        "Write a network for other programs, and check it there.",
        "Share",
    ),
    Entry(
        "bench",
        "cnncli.commands.bench:bench",
        "Measure how fast networks answer here.",
        "Share",
    ),
)
