//! The probe of the CORS rules: whether a browser would let a page of another origin upload.

use super::found::{Found, MAIN, fail, pass, skip};
use super::probe::{ProbeRequest, Prober, describe};
use crate::http::Response;
use crate::s3::customer;
use crate::xml::Element;
use s3_presign::{Method, encode};

/// The most origins that the probe asks for.
const MOST: usize = 3;

/// Sends one preflight request for each exact origin of the bucket's rules, at most three. A browser sends such a
/// request before a page uploads with a presigned URL.
pub(super) async fn cors(prober: &Prober<'_>) -> Found {
    let of_cors = ProbeRequest {
        query: &[("cors", "")],
        ..ProbeRequest::default()
    };
    let rules = match prober.request(Method::Get, &of_cors).await {
        Ok(answer) if answer.status == 200 => {
            let document = Element::read("CORSConfiguration", &answer.body);
            let Ok(document) = document else {
                return skip("the server returned no CORS rules");
            };
            document
        }
        Ok(answer) if answer.status == 404 => return skip("the bucket has no CORS rules"),
        other => {
            return skip(format!(
                "the CORS rules cannot be read: {}",
                describe(&other)
            ));
        }
    };
    let mut allowed = Vec::new();
    for (origin, method) in asked(&rules) {
        let path = encode::path(prober.key(MAIN).as_bytes());
        let url = format!("{}/{path}", prober.endpoint.url());
        let answered = customer::preflight(prober.client, &url, &origin, &method).await;
        match &answered {
            Ok(answer) if allows(answer, &origin, &method) => {
                allowed.push(format!("{origin} may send {method}"));
            }
            Ok(answer) if answer.status < 300 => {
                return fail(format!(
                    "a rule admits {origin}, but the answer to its preflight request does not"
                ));
            }
            _ => {
                let text = describe(&answered);
                return fail(format!(
                    "a rule admits {origin}, but its preflight request was refused: {text}"
                ));
            }
        }
    }
    if allowed.is_empty() {
        return skip("no CORS rule names an origin without a wildcard");
    }
    pass(allowed.join(", "))
}

/// The exact origins of the rules, each with a method that a rule admits: PUT, if a rule admits PUT.
fn asked(rules: &Element) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for rule in rules.all("CORSRule") {
        let methods: Vec<&str> = rule
            .all("AllowedMethod")
            .map(|it| it.text.as_str())
            .collect();
        let method = methods.iter().find(|it| **it == "PUT").or(methods.first());
        let Some(method) = method else { continue };
        for origin in rule.all("AllowedOrigin").map(|it| it.text.as_str()) {
            if origin.contains('*') || origin.chars().any(char::is_control) {
                continue;
            }
            match all.iter_mut().find(|(known, _)| known == origin) {
                Some((_, known)) if *method == "PUT" => "PUT".clone_into(known),
                Some(_) => {}
                None => all.push((origin.to_owned(), (*method).to_owned())),
            }
        }
    }
    all.truncate(MOST);
    all
}

/// Whether a browser that receives this answer lets a page of the origin send the method.
fn allows(answer: &Response, origin: &str, method: &str) -> bool {
    let header = |name| answer.header(name).unwrap_or_default();
    let admitted = header("access-control-allow-origin");
    let mut methods = header("access-control-allow-methods")
        .split(',')
        .map(str::trim);
    answer.status < 300 && [origin, "*"].contains(&admitted) && methods.any(|one| one == method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_three_exact_origins_are_asked_with_put_if_possible() {
        let rule = |method: &str, origins: &[&str]| {
            let origins: String = (origins.iter())
                .map(|origin| format!("<AllowedOrigin>{origin}</AllowedOrigin>"))
                .collect();
            format!("<CORSRule><AllowedMethod>{method}</AllowedMethod>{origins}</CORSRule>")
        };
        let rules = format!(
            "<CORSConfiguration>{}{}</CORSConfiguration>",
            rule("GET", &["*", "http://a", "http://b"]),
            rule("PUT", &["http://b", "http://*.c", "null", "http://d"])
        );
        let rules = Element::read("CORSConfiguration", rules.as_bytes()).unwrap();
        let owned = |(origin, method): (&str, &str)| (origin.to_owned(), method.to_owned());
        let expected = [("http://a", "GET"), ("http://b", "PUT"), ("null", "PUT")];
        assert_eq!(asked(&rules), expected.map(owned));
    }

    #[test]
    fn the_answer_must_name_the_origin_and_the_method() {
        let answer = |origin: &str, methods: &str| Response {
            status: 200,
            headers: vec![
                ("access-control-allow-origin".into(), origin.into()),
                ("access-control-allow-methods".into(), methods.into()),
            ],
            ..Response::default()
        };
        assert!(allows(&answer("http://a", "GET, PUT"), "http://a", "PUT"));
        assert!(allows(&answer("*", "PUT"), "http://a", "PUT"));
        assert!(!allows(&answer("http://b", "PUT"), "http://a", "PUT"));
        assert!(!allows(&answer("http://a", "GET"), "http://a", "PUT"));
    }
}
