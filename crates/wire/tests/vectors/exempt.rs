//! The vectors that do not apply to a server or that moat decides otherwise, with the reason.

const TOKEN: &str = "the client fills in a token that its parameters do not have";
const COMPRESSED: &str = "the vector has no body, it tests the client's compression";
const OMITTED: &str = "the client leaves out what the server then cannot see";
const UNEXPECTED: &str = "an answer that a conforming server does not give";
const NO_MESSAGE: &str = "the answer has a message that the vector's error does not have";
const ALL_PARAMETERS: &str = "a server's map of parameters has the bound ones too";
const EMPTY_PAYLOAD: &str = "clients send `{}` for an absent payload, which reads as an empty structure";

const EXEMPT: &[(&str, &str)] = &[
    ("input/query/QueryProtocolIdempotencyTokenAutoFill", TOKEN),
    ("input/ec2/Ec2ProtocolIdempotencyTokenAutoFill", TOKEN),
    ("input/rest-json/RestJsonQueryIdempotencyTokenAutoFill", TOKEN),
    ("input/json/SDKAppliedContentEncoding_awsJson1_1", COMPRESSED),
    ("input/json/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", COMPRESSED),
    ("input/json_1_0/SDKAppliedContentEncoding_awsJson1_0", COMPRESSED),
    ("input/json_1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", COMPRESSED),
    ("input/query/SDKAppliedContentEncoding_awsQuery", COMPRESSED),
    ("input/query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", COMPRESSED),
    ("input/ec2/SDKAppliedContentEncoding_ec2Query", COMPRESSED),
    ("input/ec2/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query", COMPRESSED),
    ("input/rest-json/SDKAppliedContentEncoding_restJson1", COMPRESSED),
    ("input/rest-json/SDKAppendedGzipAfterProvidedEncoding_restJson1", COMPRESSED),
    ("input/rest-xml/SDKAppliedContentEncoding_restXml", COMPRESSED),
    ("input/rest-xml/SDKAppendedGzipAfterProvidedEncoding_restXml", COMPRESSED),
    ("input/rest-xml/QueryIdempotencyTokenAutoFill", TOKEN),
    ("input/rest-xml/AllQueryStringTypes", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlQueryStringEscaping", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlSupportsNaNFloatQueryValues", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlSupportsInfinityFloatQueryValues", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlSupportsNegativeInfinityFloatQueryValues", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlZeroAndFalseQueryValues", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlQueryParamsStringListMap", ALL_PARAMETERS),
    ("input/rest-xml/RestXmlQueryPrecedence", ALL_PARAMETERS),
    ("input/query/QueryEmptyQueryMaps", OMITTED),
    ("input/ec2/Ec2EmptyQueryLists", OMITTED),
    ("input/rest-json/RestJsonOmitsEmptyListQueryValues", OMITTED),
    ("input/rest-json/RestJsonQueryParamsStringListMap", ALL_PARAMETERS),
    ("input/rest-json/RestJsonQueryPrecedence", ALL_PARAMETERS),
    ("input/rest-json/RestJsonHttpWithEmptyStructurePayload", EMPTY_PAYLOAD),
    ("input/rest-json/RestJsonHttpWithHeadersButNoPayload", EMPTY_PAYLOAD),
    ("output/ec2/Ec2ComplexError", NO_MESSAGE),
    ("output/smithy-rpc-v2-cbor/RpcV2CborDeserializesDenseSetMapAndSkipsNull", UNEXPECTED),
    ("output/smithy-rpc-v2-cbor/RpcV2CborPayloadWithUnsetUnion", UNEXPECTED),
    ("output/rest-xml/InvalidGreetingError", UNEXPECTED),
    ("output/rest-xml/ComplexError", NO_MESSAGE),
    ("output/json/handles_unexpected_json_output", UNEXPECTED),
    ("output/json/AwsJson11IntEnums", UNEXPECTED),
    ("output/json_1_0/AwsJson10HandlesUnexpectedJsonOutput", UNEXPECTED),
];

pub fn reason(id: &str) -> Option<&'static str> {
    EXEMPT.iter().find(|(name, _)| *name == id).map(|(_, reason)| *reason)
}
