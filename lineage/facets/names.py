"""Which facets does the specification know, and by which other names are they sent?"""

RUN = {
    "environmentVariables": "EnvironmentVariablesRunFacet",
    "errorMessage": "ErrorMessageRunFacet",
    "executionParameters": "ExecutionParametersRunFacet",
    "externalQuery": "ExternalQueryRunFacet",
    "extractionError": "ExtractionErrorRunFacet",
    "jobDependencies": "JobDependenciesRunFacet",
    "nominalTime": "NominalTimeRunFacet",
    "parent": "ParentRunFacet",
    "processing_engine": "ProcessingEngineRunFacet",
    "tags": "TagsRunFacet",
    "test": "TestRunFacet",
}
JOB = {
    "documentation": "DocumentationJobFacet",
    "jobType": "JobTypeJobFacet",
    "lineage": "LineageJobFacet",
    "ownership": "OwnershipJobFacet",
    "sourceCode": "SourceCodeJobFacet",
    "sourceCodeLocation": "SourceCodeLocationJobFacet",
    "sql": "SQLJobFacet",
    "tags": "TagsJobFacet",
}
DATASET = {
    "catalog": "CatalogDatasetFacet",
    "columnLineage": "ColumnLineageDatasetFacet",
    "dataQualityAssertions": "DataQualityAssertionsDatasetFacet",
    "dataQualityMetrics": "DataQualityMetricsDatasetFacet",
    "dataSource": "DatasourceDatasetFacet",
    "datasetType": "DatasetTypeDatasetFacet",
    "documentation": "DocumentationDatasetFacet",
    "hierarchy": "HierarchyDatasetFacet",
    "lifecycleStateChange": "LifecycleStateChangeDatasetFacet",
    "lineage": "LineageDatasetFacet",
    "ownership": "OwnershipDatasetFacet",
    "schema": "SchemaDatasetFacet",
    "storage": "StorageDatasetFacet",
    "symlinks": "SymlinksDatasetFacet",
    "tags": "TagsDatasetFacet",
    "version": "DatasetVersionDatasetFacet",
}
INPUT = {
    "dataQualityAssertions": "DataQualityAssertionsDatasetFacet",
    "dataQualityMetrics": "DataQualityMetricsInputDatasetFacet",
    "inputStatistics": "InputStatisticsInputDatasetFacet",
    "subset": "InputSubsetInputDatasetFacet",
}
OUTPUT = {
    "outputStatistics": "OutputStatisticsOutputDatasetFacet",
    "subset": "OutputSubsetOutputDatasetFacet",
}

STANDARD = {
    "run": RUN,
    "job": JOB,
    "dataset": DATASET,
    "input": INPUT,
    "output": OUTPUT,
}

# Keys of older producers, and of one that writes them in the other case.
FORMER = {"run": {"parentRun": "parent", "processingEngine": "processing_engine"}}

_BY_TYPE = {
    scope: {type_name: key for key, type_name in known.items()}
    for scope, known in STANDARD.items()
}
# Type names that the schema files, or their older editions, use for the same facet.
_BY_TYPE["dataset"]["DataSourceDatasetFacet"] = "dataSource"
_BY_TYPE["job"]["SqlJobFacet"] = "sql"
_BY_TYPE["input"]["InputSubsetDatasetFacet"] = "subset"
_BY_TYPE["output"]["OutputSubsetDatasetFacet"] = "subset"


_TYPES = {
    scope: frozenset(name.encode() for name in by_type)
    for scope, by_type in _BY_TYPE.items()
}


def type_name(schema_url: str) -> str:
    """Name the type that a `_schemaURL` points at: its last part, without `.json`."""
    return schema_url.rpartition("/")[2].partition("#")[0].removesuffix(".json")


def by_type(scope: str, schema_url: str) -> str | None:
    """Find the standard key of a facet that was sent under an unknown one."""
    return _BY_TYPE[scope].get(type_name(schema_url))


def may_have_standard_type(scope: str, body: bytes) -> bool:
    """Is a standard type named anywhere in a facet, as far as a glance can tell?"""
    types = _TYPES[scope]
    for rest in body.split(b'"_schemaURL"')[1:]:
        url = rest.split(b'"', 2)[1:2]
        if url and url[0].rpartition(b"/")[2].removesuffix(b".json") in types:
            return True
    return False
