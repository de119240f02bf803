//! Templates and what they become.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::BTreeMap;
use vtl::{Data, Json, Params, Template};

const BODY: &str = r#"{"name":"Ann","age":30,"pets":[{"id":1,"kind":"cat"},{"id":2,"kind":"dog"}],"quote":"it's \"so\"","none":null,"price":2.0}"#;

fn rendered(template: &str, body: &str) -> String {
    let map =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let params = Params {
        path: map(&[("id", "7"), ("both", "path")]),
        querystring: map(&[("q", "a b"), ("both", "query")]),
        header: map(&[("X-Trace", "t-1")]),
    };
    let context =
        Json::parse(r#"{"requestId":"r-1","identity":{"sourceIp":"10.0.0.1","user":null}}"#).unwrap();
    let stage_variables: BTreeMap<String, String> = map(&[("colour", "blue")]);
    let data = Data { body, params: &params, context: &context, stage_variables: &stage_variables };
    match Template::parse(template).and_then(|template| template.render(&data)) {
        Ok(rendered) => {
            let overrides: Vec<String> = ["requestOverride", "responseOverride"]
                .iter()
                .filter_map(|name| Some(format!("\n{name}: {}", rendered.context.get(name)?)))
                .collect();
            format!("{}{}", rendered.text, overrides.concat())
        }
        Err(error) => format!("error: {error}"),
    }
}

fn check(template: &str, expected: Expect) {
    expected.assert_eq(&rendered(template, BODY));
}

#[test]
fn the_body_by_json_path() {
    check("$input.json('$.name') $input.path('$.name')", expect![[r#""Ann" Ann"#]]);
    check(
        "$input.json('$')",
        expect![[
            r#"{"name":"Ann","age":30,"pets":[{"id":1,"kind":"cat"},{"id":2,"kind":"dog"}],"quote":"it's \"so\"","none":null,"price":2.0}"#
        ]],
    );
    check(
        "$input.path('$').pets[1].kind $input.path('$.pets').size() $input.path('$.age')",
        expect!["dog 2 30"],
    );
    check(
        "$input.path('$.pets[0]') $input.path('$.pets')",
        expect![[r#"{id=1, kind=cat} [{"id":1,"kind":"cat"},{"id":2,"kind":"dog"}]"#]],
    );
    check("[$input.json('$.missing')] [$input.path('$.missing')]", expect![[r#"[""] []"#]]);
    check(
        "$input.json('$.pets[*].id') $input.json(\"$.pets[?(@.id == 2)].kind\")",
        expect![[r#"[1,2] ["dog"]"#]],
    );
    check(
        "$input.body",
        expect![[
            r#"{"name":"Ann","age":30,"pets":[{"id":1,"kind":"cat"},{"id":2,"kind":"dog"}],"quote":"it's \"so\"","none":null,"price":2.0}"#
        ]],
    );
    expect!["{} {} {}"].assert_eq(&rendered("$input.body $input.json('$') $input.path('$')", ""));
    expect!["error: the body is not JSON: expected ident at line 1 column 2"]
        .assert_eq(&rendered("$input.json('$')", "not json"));
    expect!["not json"].assert_eq(&rendered("$input.body", "not json"));
}

#[test]
fn parameters_context_and_stage_variables() {
    check(
        "$input.params('id') $input.params('q') $input.params('x-trace') $input.params('both') [$input.params('no')]",
        expect!["7 a b t-1 path []"],
    );
    check(
        "$input.params().querystring.q $input.params().header.get('X-Trace') $input.params().path",
        expect!["a b t-1 {both=path, id=7}"],
    );
    check(
        "$context.requestId $context.identity.sourceIp [$context.identity.user] [$context.authorizer.principalId]",
        expect!["r-1 10.0.0.1 [] [$context.authorizer.principalId]"],
    );
    check(
        "$stageVariables.colour ${stageVariables.colour}s [$stageVariables.no] $stageVariables.get('colour')",
        expect!["blue blues [] blue"],
    );
    check(
        "#foreach($kind in $input.params().keySet())$kind:#foreach($n in $input.params().get($kind).keySet())$n #end#end",
        expect!["path:both id querystring:both q header:X-Trace "],
    );
}

#[test]
fn overrides_are_told() {
    check(
        "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-A = \"$input.params('id')\")#set($context.requestOverride.querystring.q = 'z')x",
        expect![[r#"
            x
            requestOverride: {"querystring":{"q":"z"}}
            responseOverride: {"status":418,"header":{"X-A":"7"}}"#]],
    );
}

#[test]
fn references_are_shown_or_left_as_they_are() {
    check("$no ${no} $!no $!{no}| $no.x $!no.x()| $ 5$ $5 ${", expect!["$no ${no}  | $no.x | $ 5$ $5 ${"]);
    check("#set($a = 'x')$a.b ${a}.b $a. $a-$a ${a}b", expect!["$a.b x.b x. $a-x xb"]);
    check(r"#set($a = 'x')\$a \$no \#if \x \#no", expect![[r"$a $no #if \x \#no"]]);
    check("#set($a = ['p','q'])$a[0]$a[1]$a[2] $a[see]", expect!["pq$a[2] [p, q][see]"]);
    check("#[[ $a #if ]]# ## gone\nnext #* gone\n too *#end", expect![" $a #if  next end"]);
}

#[test]
fn conditions() {
    check("#if($input.path('$.age') > 18)adult#{else}child#end", expect!["adult"]);
    check("#if($no)a#elseif($input.params('id') == '7')b#{else}c#end", expect!["b"]);
    check("#if($input.params('id') == 7 && !$no)yes#end #if(null || false)no#end", expect!["yes "]);
    check("#if('a' eq 'a' and 1 lt 2 or $no)w#end#if(not(1 ge 2))o#end#if(1 ne 1)x#end", expect!["wo"]);
    check("#if('')e#end#if($no == $neither)n#end#if(0)z#end", expect!["enz"]);
    check("#if($input.path('$.none') == $no)null#end", expect!["null"]);
}

#[test]
fn loops() {
    check(
        "[#foreach($pet in $input.path('$.pets')){\"n\":$foreach.count,\"i\":$foreach.index,\"k\":\"$pet.kind\"}#if($foreach.hasNext),#end#end]",
        expect![[r#"[{"n":1,"i":0,"k":"cat"},{"n":2,"i":1,"k":"dog"}]"#]],
    );
    check("#foreach($i in [1..5])#if($i == 4)#break#end$i#end $i", expect!["123 $i"]);
    check("#foreach($i in [3..1])$velocityCount$i #end", expect!["13 22 31 "]);
    check(
        "#foreach($v in {'a':1,'b':2})$v#end#foreach($e in {'a':1}.entrySet())x#end",
        expect!["error: malformed template at byte 57: ) is missing"],
    );
    check("#set($m = {'a':1,'b':2})#foreach($e in $m.entrySet())$e.key=$e.value;#end", expect!["a=1;b=2;"]);
    check(
        "#foreach($i in [1,2])#foreach($j in [1,2])$foreach.parent.index$foreach.index #end#end",
        expect!["00 01 10 11 "],
    );
    check("a#stop b", expect!["a"]);
}

#[test]
fn calculations() {
    check(
        "#set($x = 7 / 2)$x #set($x = 7 % 4)$x #set($x = 1 + 2 * 3)$x #set($x = (1 + 2) * 3)$x #set($x = 7.0 / 2)$x",
        expect!["33793.5"],
    );
    check("#set($x = 'a' + 1)$x #set($y = 5 / 0)$y #set($x = -3 - -1)$x", expect!["a1$y-2"]);
    check("#set($Integer = 0)#set($n = $Integer.parseInt('41') + 1)$n", expect!["42"]);
    check(
        "$input.path('$.price') #set($x = 2.5)$x.intValue() #set($x = 9223372036854775807 + 1)$x",
        expect!["2.022.5"],
    );
}

#[test]
fn methods_of_texts() {
    check(
        "#set($s = 'Hello World')$s.length() $s.toUpperCase() $s.substring(6) $s.substring(0, 5) $s.indexOf('o') $s.lastIndexOf('o') $s.charAt(1)",
        expect!["11 HELLO WORLD World Hello 4 7 e"],
    );
    check(
        "#set($s = 'a,b,,c,,')$s.split(',').size() $s.split(',')[3] $s.replace(',', ';') $s.replaceAll('[,]+', '-') $s.contains('b') $s.isEmpty()",
        expect!["4 c a;b;;c;; a-b-c- true false"],
    );
    check(
        "#set($s = ' x ')[$s.trim()] #set($s = 'k=v')$s.replaceAll('(k)=(v)', '$2=$1') $s.matches('k.v') $s.matches('k') $s.equalsIgnoreCase('K=V')",
        expect!["[x]v=k true false true"],
    );
    check(
        "#set($s = 'x')$s.startsWith('x') $s.endsWith('y') $s.concat('y') $s.equals('x') $s.nothing() $s.substring(9)",
        expect!["true false xy true $s.nothing() $s.substring(9)"],
    );
}

#[test]
fn lists_and_maps_change() {
    check(
        "#set($l = [])#set($ok = $l.add('a'))#set($ok = $l.add(0, 'b'))$l $l.contains('a') $l.isEmpty() $l.empty",
        expect!["[b, a] true false false"],
    );
    check("#set($l = [1])#set($m = $l)#set($ok = $m.add(2))$l.size()", expect!["2"]);
    check(
        "#set($m = {})#set($ok = $m.put('a', 1))#set($m.b = 2)#set($m['c'] = [1, 'x'])$m $m.a $m.get('b') $m.containsKey('z') $m.size()",
        expect!["{a=1, b=2, c=[1, x]} 1 2 false 3"],
    );
    check("#set($l = [1,2])#set($l[0] = 9)$l.get(0) $l.remove(0) $l", expect!["9 9 [2]"]);
    check(
        "#set($l = [1])#set($ok = $l.add($l))$l",
        expect!["error: the template nests deeper than 32 levels"],
    );
}

#[test]
fn conversions() {
    check("$util.escapeJavaScript($input.path('$.quote'))", expect![[r#"it\'s \"so\""#]]);
    check(
        r#"$util.escapeJavaScript($input.path('$.quote')).replaceAll("\\'", "'")"#,
        expect![[r#"it's \"so\""#]],
    );
    check(
        "$util.urlEncode('a b&c=d/é') $util.urlDecode('a+b%26c=d')",
        expect!["a+b%26c%3Dd%2F%C3%A9 a b&c=d"],
    );
    check(
        "$util.base64Encode('hi') $util.base64Decode('aGk=') $util.base64Decode('aGk')",
        expect!["aGk= hi hi"],
    );
    check("#set($o = $util.parseJson('{\"a\":{\"b\":[1]}}'))$o.a.b[0]", expect!["1"]);
    check(
        "$util.parseJson('{')",
        expect![
            "error: `$util.parseJson` was given what is not JSON: EOF while parsing an object at line 1 column 1"
        ],
    );
    check("$util.base64Decode('*')", expect!["error: `$util.base64Decode` was given what is not base64"]);
}

#[test]
fn white_space_of_directives_goes_with_them() {
    check("{\n  #set($a = 1)\n  #if($a == 1)\n  \"a\": $a\n  #end\n}", expect!["{\n    \"a\": 1\n  }"]);
}

#[test]
fn strings() {
    check("#set($n = 'x')#set($s = \"v-$n-${n}-$no #if(true)y#end\")$s", expect!["v-$n-x-$no y"]);
    check(
        "#set($s = 'raw $no')$s #set($s = \"say \"\"hi\"\"\")$s #set($s = 'it''s')$s",
        expect![[r#"raw $nosay "hi"it's"#]],
    );
}

#[test]
fn what_is_malformed_or_not_served_is_refused() {
    for (template, expected) in [
        ("#if(true)x", "malformed template at byte 10: #if without #end"),
        ("#end", "malformed template at byte 4: an end without a beginning"),
        ("#set($a = )", "malformed template at byte 10: an expression is missing"),
        ("#foreach($a in [1]) x", "malformed template at byte 21: #foreach without #end"),
        ("#macro(x)y#end", "the directive `#macro` is not implemented by moat"),
        ("#* x", "malformed template at byte 2: a comment without end"),
        ("#if(true)a#{else}b#{else}c#end", "malformed template at byte 25: a branch after #else"),
    ] {
        assert_eq!(rendered(template, BODY), format!("error: {expected}"), "{template}");
    }
}

#[test]
fn what_loops_or_grows_is_cut() {
    let loops = "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end";
    assert_eq!(rendered(loops, BODY), "error: the template takes too many steps");
    assert_eq!(
        rendered("#foreach($a in [1..1001])#end", BODY),
        "error: a `#foreach` runs through more than 1000 items"
    );
    let grows = "#set($s = 'xxxxxxxxxxxxxxxx')#foreach($a in [1..1000])#set($s = \"$s$s\")#end$s";
    assert_eq!(rendered(grows, BODY), "error: the template takes too many steps");
    let long = "x".repeat(100_000);
    let writes = format!("#foreach($a in [1..1000]){long}#end");
    assert_eq!(rendered(&writes, BODY), "error: the template writes more than 10485760 bytes");
    let replaces = "#set($s = 'xxxxxxxxxxxxxxxx')#foreach($a in [1..1000])#set($s = $s.replace('x', $s))#end";
    assert!(rendered(replaces, BODY).starts_with("error: the template "), "grows by replacing");
    let patterns = "#set($x = 'x')#foreach($a in [1..1000])#foreach($b in [1..9])#set($s = $x.replaceAll(\"${a}x$b\", ''))#end#end";
    assert_eq!(rendered(patterns, BODY), "error: the template takes too many steps");
    let deep = format!("#set($x = {}1{})", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(rendered(&deep, BODY), "error: the template nests deeper than 32 levels");
    let shared = "#set($l = [1])#foreach($a in [1..60])#set($l = [$l, $l])#end$l";
    assert_eq!(rendered(shared, BODY), "error: the template takes too many steps");
    let long = "x".repeat(300 * 1024 + 1);
    assert_eq!(rendered(&long, BODY), "error: the template is longer than 307200 bytes");
}

proptest! {
    /// Any text is a template or is refused; it ends, and text without references stays.
    #[test]
    fn any_text_ends(text in "[$#!{}()\\[\\]a-c.'\" =,0-9]{0,80}") {
        rendered(&text, BODY);
    }

    #[test]
    fn plain_text_stays(text in "[a-zA-Z0-9 ,.:;{}\"']{0,60}") {
        prop_assert_eq!(rendered(&text, BODY), text.trim());
    }
}
