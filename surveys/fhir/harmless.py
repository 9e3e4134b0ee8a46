"""Extensions that may be carried along without being understood, and those that compute something. PURE.

Carried is what only says how a form looks, where it comes from or what becomes of the answers afterwards. Whatever
changes which questions are asked, which answers are allowed or how a score comes about is not here, and so is
refused; what is not known at all likewise. Knows addresses of extensions; refuses to know where they stand.
"""

from __future__ import annotations

HL7 = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire"
"""Begins the extensions by which R4 writes what only R5 has."""

_NORWAY = "http://helsenorge.no/fhir/StructureDefinition/"

_LOOKS = (
    *(f"{HL7}rendering-{each}" for each in ("style", "styleSensitive", "xhtml", "markdown")),
    *(
        f"{HL7}questionnaire-{each}"
        for each in ("choiceOrientation", "displayCategory", "sliderStepValue", "supportLink")
    ),
    *(f"{HL7}{each}" for each in ("rendered-value", "display", "valueset-label", "valueset-conceptOrder", "language")),
    *(
        f"{SDC}sdc-questionnaire-{each}"
        for each in (
            *(
                "choiceOrientation",
                "collapsible",
                "columnCount",
                "entryMode",
                "keyboard",
                "openLabel",
                "optionalDisplay",
            ),
            *("preferred", "shortText", "sliderStepValue", "supportHyperlink", "width"),
        )
    ),
    f"{SDC}sdc-questionnaire-choiceColumn",
    "https://github.com/google/android-fhir/StructureDefinition/questionnaire-itemControl",
    *(
        f"https://smartforms.csiro.au/ig/StructureDefinition/{each}"
        for each in ("QuestionnaireItemTextHidden", "GroupHideAddItemButton")
    ),
    *(f"{_NORWAY}{each}" for each in ("sdf-sidebar", "sdf-information-message", "sdf-presentationbuttons")),
    "http://helsenorge.no/fhir/StructureDefintion/sdf-itemControl-visibility",  # so spelt where it comes from
)
"""How it is drawn: styles, the direction of options, pages, keyboards, labels, links to read more."""

_ORIGINS = (
    *(f"{HL7}{each}" for each in ("designNote", "instance-name", "instance-description", "data-absent-reason")),
    *(f"{HL7}{each}" for each in ("originalText", "narrativeLink", "package-source", "replaces", "translatable")),
    *(f"{HL7}structuredefinition-{each}" for each in ("fmm", "fmm-no-warnings", "standards-status", "wg", "category")),
    *(
        f"{HL7}artifact-{each}"
        for each in ("author", "editor", "reviewer", "endorser", "approvalDate", "lastReviewDate")
    ),
    *(f"{HL7}artifact-{each}" for each in ("effectivePeriod", "topic", "relatedArtifact", "copyrightLabel", "usage")),
    *(
        f"{HL7}cqf-{each}"
        for each in (
            "library",
            "publicationDate",
            "publicationStatus",
            "scope",
            "knowledgeCapability",
            "knowledgeRepresentationLevel",
        )
    ),
    *(f"{HL7}resource-{each}" for each in ("approvalDate", "lastReviewDate", "effectivePeriod", "instance-name")),
    *(f"{HL7}valueset-{each}" for each in ("concept-definition", "concept-comments", "sourceReference", "steward")),
    *(f"{HL7}questionnaire-{each}" for each in ("derivationType", "baseType", "fhirType")),
    *(f"{SDC}sdc-questionnaire-{each}" for each in ("assembledFrom", "endpoint", "performerType")),
    *(f"{_NORWAY}sdf-{each}" for each in ("authenticationRequirement", "canBePerformedBy", "discretion", "endpoint")),
)
"""Who made it, from what, for whom, under which rules."""

_SERVERS = (
    f"{HL7}preferredTerminologyServer",
    f"{HL7}terminology-server",
    f"{SDC}sdc-questionnaire-preferredTerminologyServer",
    f"{SDC}preferredTerminologyServer",
)
"""Where a value set would be looked up; those outside the file are refused themselves."""

_BEFORE = tuple(
    f"{SDC}sdc-questionnaire-{each}"
    for each in ("launchContext", "observationLinkPeriod", "sourceQueries", "sourceStructureMap")
)
"""What a record system might fill in beforehand. Nothing is filled in here, and the questions stay what they are."""

AFTERWARDS = (
    *(
        f"{SDC}sdc-questionnaire-{each}"
        for each in (
            *("definitionExtract", "definitionExtractValue", "extractAllocateId", "itemExtractionContext"),
            *("observation-extract-category", "observationExtract", "observationExtractCategory"),
            *("observationExtractEntry", "targetStructureMap", "templateExtract", "templateExtractBundle"),
            *("templateExtractContext", "templateExtractValue"),
        )
    ),
)
"""What becomes of the answers in a record system. Expressions in these compute nothing that is asked or scored."""

HARMLESS = frozenset((*_LOOKS, *_ORIGINS, *_SERVERS, *_BEFORE, *AFTERWARDS))

ASSEMBLY = frozenset((f"{SDC}sdc-questionnaire-assemble-expectation", f"{SDC}sdc-assemble-expectation"))
USAGE = f"{HL7}questionnaire-usageMode"
HARMLESS_WORDS = {
    **{url: frozenset(("independent-child", "independent-root")) for url in ASSEMBLY},
    USAGE: frozenset(("capture", "capture-display")),
}
"""Extensions that are harmless where they say one of these words: a form that stands alone, items that are asked."""

_COMPUTING = frozenset(
    (
        *("variable", "questionnaire-constraint", "targetConstraint", "cqf-calculatedValue", "cqf-initialValue"),
        *(
            "sdc-questionnaire-itemPopulationContext",
            "itemPopulationContext",
            "sdc-questionnaire-answerOptionsToggleExpression",
        ),
    )
)


def is_computing(segment: str) -> bool:
    """Whether an extension of this name (the last part of its address) computes: FHIRPath, CQL and their like."""
    return segment in _COMPUTING or segment.casefold().endswith("expression")
