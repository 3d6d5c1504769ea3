"""What CLAIM 2024 and a Model Card ask, and where a report answers; the rest is for a person.

A. S. Tejani et al., "Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024
Update", Radiology: Artificial Intelligence 6(4), 2024. M. Mitchell et al., "Model Cards for Model
Reporting", FAT* 2019.
"""

from __future__ import annotations

from cnncli.reporting.parts import Grid, Section, Text

PERSON = "for a person to write"

# Number, what it asks, and the key of the section that answers; with ":" behind it, how far; with
# "|" between them keys of which the first that the report has counts.
_CLAIM = (
    (1, "Identification as a study of AI methodology, with the category of technology", ""),
    (2, "Structured summary of design, methods, results and conclusions", ""),
    (3, "Scientific or clinical background, with the intended use of the approach", "use"),
    (4, "Aims, objectives and hypotheses", ""),
    (5, "Prospective or retrospective study", ""),
    (6, "Goal of the study", ""),
    (7, "Sources of the data", "data:the folder alone"),
    (8, "Inclusion and exclusion criteria", ""),
    (9, "Preprocessing of the data", "methods"),
    (10, "Selection of subsets of the data", "data"),
    (11, "De-identification", ""),
    (12, "How missing data were handled", "data:files that could not be read"),
    (13, "Protocol of image acquisition", ""),
    (14, "How the reference standard was obtained", ""),
    (15, "Why that reference standard", ""),
    (16, "Who annotated, and their qualifications", ""),
    (17, "Annotation of the test set", ""),
    (18, "Variability between and within annotators", ""),
    (19, "How data were assigned to partitions", "data"),
    (20, "The level at which partitions are disjoint", "data"),
    (21, "Intended sample size", "verdict:what the size allows to say"),
    (22, "Detailed description of the model", "network"),
    (23, "Software libraries, frameworks, packages", "repeat"),
    (24, "Initialization of parameters", "training"),
    (25, "Training: augmentation, hyperparameters, number of models", "training"),
    (26, "How the final model was selected", "training"),
    (27, "Ensembling", "methods:no ensemble"),
    (28, "Metrics of performance", "figures"),
    (29, "Significance and uncertainty", "figures"),
    (30, "Robustness or sensitivity analysis", "strata:the strata that were asked for"),
    (31, "Explainability, and how it was validated", "mistakes"),
    (32, "Evaluation on internal data", "figures"),
    (33, "Testing on external data", ""),
    (34, "Registration of a clinical trial", ""),
    (35, "Numbers included and excluded, as a flow diagram", "data"),
    (36, "Demographic and clinical characteristics of each partition", ""),
    (37, "Performance, with its uncertainty", "figures"),
    (38, "Diagnostic performance and its precision", "figures"),
    (39, "Failure analysis of wrong results", "mistakes"),
    (40, "Limitations of the study", "verdict:those that can be measured"),
    (41, "Implications for practice", "use"),
    (42, "Where the full protocol is found", ""),
    (43, "Availability of software, model and data", "repeat:what was used, not where it is"),
    (44, "Funding, and the role of the funders", ""),
)
_CARD = (
    ("Details of the model", "network"),
    ("Intended use: uses, users, what is out of scope", "use"),
    ("Factors: groups, instruments, surroundings", "strata|groups:groups of images alone"),
    ("Metrics: measures, thresholds, uncertainty", "figures"),
    ("Evaluation data", "data"),
    ("Training data", "data"),
    ("Quantitative analyses: by factor, and of their combinations", "strata|figures:by class"),
    ("Ethical considerations", ""),
    ("Caveats and recommendations", "verdict"),
)


def section(titles: dict[str, str], *, has_about: bool) -> Section:
    """Return both lists; `titles` are those of the sections that the report has, by key."""
    claim = [(str(n), asked, answer(key, titles, has_about)) for n, asked, key in _CLAIM]
    card = [(asked, answer(key, titles, has_about)) for asked, key in _CARD]
    left = sum(row[-1] == PERSON for row in claim)
    text = (
        f"Of the {len(claim)} items of CLAIM 2024, this report answers {len(claim) - left}, some "
        f"in part; {left} are for a person to write."
    )
    return Section(
        "checklists",
        "CLAIM 2024 and Model Card",
        [
            Text(text),
            Grid("CLAIM 2024", ("Item", "What is asked", "Answered"), claim, folded=True),
            Grid("Model Card", ("What is asked", "Answered"), card, folded=True),
        ],
    )


def answer(key: str, titles: dict[str, str], has_about: bool) -> str:
    """Return where an item is answered, and how far."""
    there = [each for each in key.split("|") if each.partition(":")[0] in titles]
    name, _, how_far = (there or [key])[0].partition(":")
    if name not in titles or (name == "use" and not has_about):
        return PERSON
    return f"{titles[name]} ({how_far})" if how_far else titles[name]
