//! Smithy's cases that moat decides otherwise or that no server can satisfy, with the reason.

/// Whole files.
pub const FILES: &[(&str, &str)] =
    &[("smithy-protocol-tests-rpcv2Json.json", "no protocol of a service that botocore has")];

const DEFAULTS: &str = "AWS's models as botocore has them say no defaults";
const COMPRESSED: &str = "the case has no body, it is about the client's compression";
const SPARSE: &str =
    "AWS's models as botocore has them do not say which lists and maps may hold nulls, so none may";
const ALL_PARAMETERS: &str = "a server's map of parameters has the bound ones too";
const OMITTED: &str = "the client leaves out what the server then cannot see";
const HOST: &str = "the bucket is in the host's name, which no codec reads";
const OF_S3: &str = "S3 alone answers without the wrapping element of the protocol";
const UNEXPECTED: &str = "an answer that a conforming server does not give";
const NO_MESSAGE: &str = "the answer has a message that the case's error does not have";
const EMPTY_PAYLOAD: &str = "clients send `{}` for an absent payload, which reads as an empty structure";
const MEDIA_TYPE: &str = "AWS's models as botocore has them say no media types of blobs";

const EXEMPT: &[(&str, &str)] = &[
    ("input/awsJson1_0/AwsJson10ServerPopulatesDefaultsWhenMissingInRequestBody", DEFAULTS),
    ("input/awsJson1_0/AwsJson10ServerPopulatesNestedDefaultsWhenMissingInRequestBody", DEFAULTS),
    ("output/awsJson1_0/AwsJson10ServerPopulatesDefaultsInResponseWhenMissingInParams", DEFAULTS),
    ("output/awsJson1_0/AwsJson10ServerPopulatesNestedDefaultValuesWhenMissingInInResponseParams", DEFAULTS),
    ("input/restJson1/RestJsonServerPopulatesDefaultsWhenMissingInRequestBody", DEFAULTS),
    ("input/restJson1/RestJsonServerPopulatesNestedDefaultsWhenMissingInRequestBody", DEFAULTS),
    ("output/restJson1/RestJsonServerPopulatesDefaultsInResponseWhenMissingInParams", DEFAULTS),
    ("output/restJson1/RestJsonServerPopulatesNestedDefaultValuesWhenMissingInInResponseParams", DEFAULTS),
    (
        "input/smithy-protocol-tests-rpcv2Cbor/RpcV2CborServerPopulatesDefaultsWhenMissingInRequestBody",
        DEFAULTS,
    ),
    (
        "output/smithy-protocol-tests-rpcv2Cbor/RpcV2CborServerPopulatesDefaultsInResponseWhenMissingInParams",
        DEFAULTS,
    ),
    ("input/awsJson1_0/SDKAppliedContentEncoding_awsJson1_0", COMPRESSED),
    ("input/awsJson1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", COMPRESSED),
    ("input/awsJson1_1/SDKAppliedContentEncoding_awsJson1_1", COMPRESSED),
    ("input/awsJson1_1/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", COMPRESSED),
    ("input/awsQuery/SDKAppliedContentEncoding_awsQuery", COMPRESSED),
    ("input/awsQuery/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", COMPRESSED),
    ("input/ec2Query/SDKAppliedContentEncoding_ec2Query", COMPRESSED),
    ("input/ec2Query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query", COMPRESSED),
    ("input/restJson1/SDKAppliedContentEncoding_restJson1", COMPRESSED),
    ("input/restJson1/SDKAppendedGzipAfterProvidedEncoding_restJson1", COMPRESSED),
    ("input/restXml/SDKAppliedContentEncoding_restXml", COMPRESSED),
    ("input/restXml/SDKAppendedGzipAfterProvidedEncoding_restXml", COMPRESSED),
    ("output/awsJson1_1/AwsJson11IntEnums", UNEXPECTED),
    ("input/awsJson1_1/AwsJson11SparseMapsSerializeNullValues", SPARSE),
    ("input/awsJson1_1/AwsJson11SparseListsSerializeNull", SPARSE),
    ("input/restJson1/RestJsonSparseListsSerializeNull", SPARSE),
    ("input/restJson1/RestJsonSerializesSparseNullMapValues", SPARSE),
    ("input/restJson1/RestJsonSerializesSparseSetMapAndRetainsNull", SPARSE),
    ("input/smithy-protocol-tests-rpcv2Cbor/RpcV2CborSparseMapsSerializeNullValues", SPARSE),
    ("input/smithy-protocol-tests-rpcv2Cbor/RpcV2CborSparseListsSerializeNull", SPARSE),
    ("input/smithy-protocol-tests-rpcv2Cbor/RpcV2CborSerializesNullMapValues", SPARSE),
    ("input/smithy-protocol-tests-rpcv2Cbor/RpcV2CborSerializesSparseSetMapAndRetainsNull", SPARSE),
    ("output/smithy-protocol-tests-rpcv2Cbor/RpcV2CborSparseMapsDeserializeNullValues", SPARSE),
    ("output/smithy-protocol-tests-rpcv2Cbor/RpcV2CborSparseListsDeserializeNull", SPARSE),
    ("output/smithy-protocol-tests-rpcv2Cbor/RpcV2CborDeserializesNullMapValues", SPARSE),
    ("output/smithy-protocol-tests-rpcv2Cbor/RpcV2CborDeserializesSparseSetMapAndRetainsNull", SPARSE),
    ("input/awsQuery/QueryEmptyQueryMaps", OMITTED),
    ("input/ec2Query/Ec2EmptyQueryLists", OMITTED),
    ("input/restJson1/RestJsonOmitsEmptyListQueryValues", OMITTED),
    ("output/ec2Query/Ec2ComplexError", NO_MESSAGE),
    ("output/restXml/ComplexError", NO_MESSAGE),
    ("output/restXml/InvalidGreetingError", UNEXPECTED),
    ("input/restXml/AllQueryStringTypes", ALL_PARAMETERS),
    ("input/restXml/RestXmlQueryStringEscaping", ALL_PARAMETERS),
    ("input/restXml/RestXmlSupportsNaNFloatQueryValues", ALL_PARAMETERS),
    ("input/restXml/RestXmlSupportsInfinityFloatQueryValues", ALL_PARAMETERS),
    ("input/restXml/RestXmlSupportsNegativeInfinityFloatQueryValues", ALL_PARAMETERS),
    ("input/restXml/RestXmlZeroAndFalseQueryValues", ALL_PARAMETERS),
    ("input/restXml/S3DefaultAddressing", HOST),
    ("input/restXml/S3VirtualHostAddressing", HOST),
    ("input/restXml/S3VirtualHostDualstackAddressing", HOST),
    ("input/restXml/S3VirtualHostAccelerateAddressing", HOST),
    ("input/restXml/S3VirtualHostDualstackAccelerateAddressing", HOST),
    ("input/restXml/S3OperationAddressingPreferred", HOST),
    ("input/restXml/S3EscapeObjectKeyInUriLabel", HOST),
    ("input/restXml/S3EscapePathObjectKeyInUriLabel", HOST),
    ("input/restXml/S3PreservesLeadingDotSegmentInUriLabel", HOST),
    ("input/restXml/S3PreservesEmbeddedDotSegmentInUriLabel", HOST),
    ("output/restXml/GetBucketLocationUnwrappedOutput", OF_S3),
    ("output/restXml/S3OperationNoErrorWrappingResponse", OF_S3),
    ("input/restJson1/RestJsonHttpWithEmptyStructurePayload", EMPTY_PAYLOAD),
    ("input/restJson1/RestJsonHttpWithHeadersButNoPayload", EMPTY_PAYLOAD),
    ("output/restJson1/RestJsonHttpPayloadTraitsWithMediaTypeWithBlob", MEDIA_TYPE),
    ("output/restJson1/RestJsonStreamingTraitsWithMediaTypeWithBlob", MEDIA_TYPE),
];

pub fn reason(id: &str) -> Option<&'static str> {
    EXEMPT.iter().find(|(name, _)| *name == id).map(|(_, reason)| *reason)
}
