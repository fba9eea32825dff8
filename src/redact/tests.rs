//! Tests of the search for secrets.

use super::*;

#[test]
fn secrets_are_removed_in_every_form_that_a_server_may_repeat() {
    let secrets = Secrets::default();
    for secret in ["to/ken+of=this", "short"] {
        secrets.keep(secret);
    }
    let echo = "a to/ken+of=this, to%2Fken%2Bof%3Dthis, to\\/ken+of=this short";
    assert_eq!(
        secrets.removed_from(echo).as_deref(),
        Some("a (hidden), (hidden), (hidden) short")
    );
    assert_eq!(secrets.removed_from("nothing of it"), None);
    for echo in [
        "&lt;to&#47;ken&#43;of&#x3D;this&gt;",
        "&lt;&#116;&#X6f;/ken+of=this&gt;",
        r"&lt;to\u002Fken\u002bof=this&gt;",
        "&lt;to/ken%2bof%3Dthis&gt;",
        "&lt;%74%6f%2Fken+of%3dthis&gt;",
        "&lt;to%252Fken%252Bof%253Dthis&gt;",
    ] {
        let clean = secrets.removed_from(echo);
        assert_eq!(clean.as_deref(), Some("&lt;(hidden)&gt;"), "{echo}");
    }
    for other in [
        "&#47;",
        "&#",
        "&#;",
        "&#x;",
        r"\u12",
        "%",
        "%4",
        "%+4",
        "%\u{e9}",
        "\\u00\u{e9}",
        "&#60;&#x110000;",
        "\\",
    ] {
        assert_eq!(secrets.removed_from(other), None, "{other}");
    }
    assert_eq!(format!("{secrets:?}"), "Secrets(secret)");
}

#[test]
fn secrets_are_removed_that_xml_has_to_escape() {
    let secrets = Secrets::default();
    secrets.keep("to&ken<of>\"this\"");
    for echo in [
        "<a>to&amp;ken&lt;of&gt;&quot;this&quot;</a>",
        "<a>to&ken<of>\"this\"</a>",
        "<a>to&#38;ken&#60;of&#x3E;&#34;this&#x22;</a>",
        "<a>to&#x26;ken&lt;of&gt;\\u0022this\\\"</a>",
        "<a>to&amp;amp;ken&amp;lt;of&amp;#62;&amp;quot;this&amp;#x22;</a>",
        "<a>to%2526ken%253cof%253E%2522this%22</a>",
        "<a>to&amp;%61mp;amp;k%2565n&lt;of&gt;&quot;this&quot;</a>",
    ] {
        let clean = secrets.removed_from(echo);
        assert_eq!(clean.as_deref(), Some("<a>(hidden)</a>"), "{echo}");
    }
    let other = "<a>to&amp;ken&lt;of&gt; %3Cb%3E</a>";
    assert_eq!(secrets.removed_from(other), None);
}

#[test]
fn secrets_are_removed_that_markup_splits_or_that_have_another_case() {
    let secrets = Secrets::default();
    secrets.keep("to/ken+of=this/run");
    secrets.keep("password");
    for (echo, wanted) in [
        ("<a>to/ken<!-- < -->+of=this/run</a>", "<a>(hidden)</a>"),
        ("<a>to/ken<?x y?>+of=this/run</a>", "<a>(hidden)</a>"),
        (
            "\u{feff}<?xml?><a>&lt;<![CDATA[<to/]]><![CDATA[ken]]>&#43;of=this/run</a>",
            "\u{feff}<a>&lt;&lt;(hidden)</a>",
        ),
        (
            "<a>\u{e9}TO/KEN+OF=THIS/RUN\u{e9}</a>",
            "<a>\u{e9}(hidden)\u{e9}</a>",
        ),
        ("pass<!-- -->word, password", "pass<!-- -->word, (hidden)"),
    ] {
        let clean = secrets.removed_from(echo);
        assert_eq!(clean.as_deref(), Some(wanted), "{echo}");
    }
    for other in [
        "<a>PASSWORD</a>",
        "<!--",
        "<![CDATA[to/ken",
        "<",
        "<a><!-- --></a>",
    ] {
        assert_eq!(secrets.removed_from(other), None, "{other}");
    }
}

#[test]
fn text_beside_a_visible_secret_stays_encoded() {
    let secrets = Secrets::default();
    secrets.keep("to/ken+of=this");
    for (echo, clean) in [
        ("a%2Fb to/ken+of=this", "a%2Fb (hidden)"),
        ("a%2Fb to%2Fken%2Bof%3Dthis", "a%2Fb (hidden)"),
        (
            "to/ken+of=this a%2Fb to%2fken%2Bof=this",
            "(hidden) a/b (hidden)",
        ),
    ] {
        assert_eq!(secrets.removed_from(echo).as_deref(), Some(clean), "{echo}");
    }
}

#[test]
fn only_recent_signatures_are_removed() {
    let secrets = Secrets::default();
    for number in 0..=MOST_SIGNATURES {
        secrets.keep_signature(&format!("{number:064x}"));
    }
    assert_eq!(secrets.removed_from(&format!("{:064x}", 0)), None);
    let latest = format!("{MOST_SIGNATURES:064x}");
    assert_eq!(secrets.removed_from(&latest).as_deref(), Some("(hidden)"));
}

#[test]
fn values_after_the_names_of_secrets_are_hidden() {
    for (text, wanted) in [
        ("X-Amz-Signature=beef&a=b", "X-Amz-Signature=(hidden)&a=b"),
        ("SIGNATURE=a+/=; x", "SIGNATURE=(hidden); x"),
        ("?signature%3Dbeef b", "?signature%3D(hidden) b"),
        (
            "x-amz-security-token: t/o+k= next",
            "x-amz-security-token: (hidden) next",
        ),
        (
            r#"{"X-Amz-Security-Token": "tok"}"#,
            r#"{"X-Amz-Security-Token": "(hidden)"}"#,
        ),
        ("WebIdentityToken=a.b.c&x", "WebIdentityToken=(hidden)&x"),
        (
            "Signature=a Signature=b",
            "Signature=(hidden) Signature=(hidden)",
        ),
        (
            "The signature does not match.",
            "The signature does not match.",
        ),
        ("signature=", "signature="),
        // The value of the first name ends with the name of the second value.
        (
            "X-Amz-Security-Token =\nX-Amz-Signature = beef",
            "X-Amz-Security-Token =\n(hidden) = (hidden)",
        ),
        (
            r#"Security-Token: Signature="beef""#,
            r#"Security-Token: (hidden)"(hidden)""#,
        ),
        (
            "\u{130}Signature=\u{e9}t\u{e9} x",
            "\u{130}Signature=(hidden) x",
        ),
    ] {
        assert_eq!(hide_named_values(text), wanted);
    }
}

#[test]
fn secrets_that_overlap_are_removed_completely() {
    let secrets = Secrets::default();
    secrets.keep("abcdefgh");
    secrets.keep("efghijklmnop");
    secrets.keep("abcdefghi");
    assert_eq!(
        secrets
            .removed_from("x abcdefghijklmnop abcdefghabcdefghi y")
            .as_deref(),
        Some("x (hidden) (hidden)(hidden) y")
    );
}

#[test]
#[allow(clippy::disallowed_methods)] // The test measures the time of this process.
fn the_time_of_the_search_is_linear() {
    let secrets = Secrets::default();
    let signature =
        |number: u64| format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4);
    (1..=64).for_each(|number| secrets.keep_signature(&signature(number)));
    let start = &signature(1)[..63];
    for part in ["<!--", "<?", "<![CDATA[", "&#", "%", start, "Signature="] {
        let text = part.repeat((1 << 20) / part.len());
        let begin = std::time::Instant::now();
        assert_eq!(secrets.removed_from(&text), None, "{part}");
        let _ = hide_named_values(&text);
        assert!(
            begin.elapsed().as_secs() < 30,
            "{part}: {:?}",
            begin.elapsed()
        );
    }
}
