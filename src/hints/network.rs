//! Hints for requests that got no answer. The hint depends on the failure and on the service,
//! because a different setting names the host of each service.

use crate::http::{self, CertificateProblem, Hop, Kind, Service};
use s3_presign::endpoint::Partition;
use std::borrow::Cow;
use std::net::IpAddr;

/// The setting that determines the host of a service.
fn setting(service: Service) -> &'static str {
    match service {
        Service::S3 => "--endpoint",
        Service::Sts => "AWS_ENDPOINT_URL_STS",
        Service::CloudTrail => "AWS_ENDPOINT_URL_CLOUDTRAIL",
        Service::S3Control => "AWS_ENDPOINT_URL_S3_CONTROL",
        Service::Sso => "AWS_ENDPOINT_URL_SSO",
        Service::SsoOidc => "AWS_ENDPOINT_URL_SSO_OIDC",
        Service::ContainerAgent => "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        Service::Metadata => "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    }
}

/// The setting that determines the region in the host name of an AWS service.
fn region(service: Service) -> &'static str {
    match service {
        Service::Sso | Service::SsoOidc => "sso_region in the profile",
        _ => "--region",
    }
}

/// Whether a program on this machine or this network gives the answer, without a proxy.
fn is_local(service: Service) -> bool {
    matches!(service, Service::ContainerAgent | Service::Metadata)
}

/// Whether the host of the request belongs to AWS.
fn is_aws(error: &http::Error) -> bool {
    let host = error.host();
    let is_other_service = error.service != Service::S3 && !is_local(error.service);
    let is_of_aws = [".amazonaws.", ".api.aws", ".api.amazonwebservices."];
    Partition::is_aws_host(host)
        || is_other_service && is_of_aws.iter().any(|part| host.contains(part))
}

pub(crate) fn http(error: &http::Error) -> Option<Cow<'static, str>> {
    let service = error.service;
    Some(match &error.kind {
        Kind::PlainHttp(_) if service == Service::S3 => {
            "use https://, or add --allow-http if you trust the network to the server".into()
        }
        Kind::PlainHttp(_) if is_local(service) => {
            format!("use https:// in {}", setting(service)).into()
        }
        Kind::PlainHttp(_) => format!(
            "use https:// in {}, or add --allow-http if you trust the network to the server",
            setting(service)
        )
        .into(),
        Kind::Dns(Hop::Server) => unresolved(error),
        Kind::Dns(Hop::Proxy) => "check the host in HTTPS_PROXY".into(),
        Kind::DnsTemporary(_) => {
            "check the network connection and the name servers in /etc/resolv.conf".into()
        }
        Kind::Certificate(Hop::Proxy, _) => {
            "if the proxy does not speak TLS, write HTTPS_PROXY=http://…; else name its CA with --ca-bundle FILE (or AWS_CA_BUNDLE)".into()
        }
        Kind::Certificate(Hop::Server, problem) => certificate(error, *problem)?,
        Kind::Tls(Hop::Server) | Kind::NotTls(Hop::Server) => server_tls(error),
        Kind::Tls(Hop::Proxy) | Kind::NotTls(Hop::Proxy) => {
            "if the proxy does not speak TLS, write HTTPS_PROXY=http://…".into()
        }
        // The proxy accepted the tunnel, so a proxy is set and its address is right.
        Kind::Connect(Hop::Server) if error.is_through_proxy() => {
            "ask the proxy's operator to allow this host; name hosts that need no proxy in NO_PROXY".into()
        }
        Kind::Connect(Hop::Server) if is_local(service) => {
            format!("check that the server in {} is running", setting(service)).into()
        }
        Kind::Connect(Hop::Server) if service == Service::S3 || is_aws(error) => {
            "check that the server is running at that address; if you need a proxy, set HTTPS_PROXY"
                .into()
        }
        Kind::Connect(Hop::Server) => format!(
            "check that the server in {} is running; if you need a proxy, set HTTPS_PROXY",
            setting(service)
        )
        .into(),
        Kind::Connect(Hop::Proxy) => {
            "check host and port in HTTPS_PROXY; name hosts that need no proxy in NO_PROXY".into()
        }
        Kind::ProxyAuthentication => {
            "write HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT with the user name and password of the proxy".into()
        }
        Kind::ProxyRefused => {
            "ask the proxy's operator to allow this host; name hosts that need no proxy in NO_PROXY".into()
        }
        Kind::Ipv6ThroughProxy => "use a host name, or list the address in NO_PROXY".into(),
        // --timeout has no effect on these services.
        Kind::Timeout if is_local(service) => {
            format!("check that the server in {} answers", setting(service)).into()
        }
        Kind::Timeout => "try again, or raise the limit with --timeout".into(),
        Kind::CaBundle(_) => {
            "give --ca-bundle, AWS_CA_BUNDLE or SSL_CERT_FILE a PEM file with CA certificates".into()
        }
        Kind::ProxySetting { variable, .. } if variable.eq_ignore_ascii_case("NO_PROXY") => {
            "write host names, addresses and networks with commas between them, without quotes".into()
        }
        Kind::ProxySetting { .. } => {
            "write http://[USER:PASSWORD@]HOST[:PORT] without quotes, and special characters of the password as %XX".into()
        }
        Kind::Setup | Kind::Broken | Kind::TooLarge => return None,
    })
}

/// The hint for a host name that does not exist.
fn unresolved(error: &http::Error) -> Cow<'static, str> {
    let service = error.service;
    if is_aws(error) {
        return format!(
            "check {}, which is a part of this host name, and whether this network has access to AWS; if requests must go through a proxy, set HTTPS_PROXY",
            region(service)
        )
        .into();
    }
    match service {
        Service::S3 => {
            "check --endpoint and --region; for a server without wildcard DNS use --addressing path"
                .into()
        }
        other => format!("check the host in {}", setting(other)).into(),
    }
}

fn server_tls(error: &http::Error) -> Cow<'static, str> {
    if matches!(error.kind, Kind::NotTls(_)) && error.is_through_proxy() {
        return "ask the proxy's operator to allow this host, or log in to the proxy first; name hosts that need no proxy in NO_PROXY".into();
    }
    let whose = match error.service {
        Service::S3 => "the endpoint",
        other => setting(other),
    };
    format!(
        "check scheme and port of {whose}: the server must speak TLS 1.2 or 1.3 on that port, with an RSA, P-256, P-384 or Ed25519 certificate"
    )
    .into()
}

fn certificate(error: &http::Error, problem: CertificateProblem) -> Option<Cow<'static, str>> {
    let host = error.host();
    Some(match problem {
        CertificateProblem::Untrusted if error.is_through_proxy() => {
            "if the proxy inspects TLS, or a private CA signed the server's certificate, name that CA with --ca-bundle FILE or AWS_CA_BUNDLE".into()
        }
        CertificateProblem::Untrusted => {
            "if a private CA signed the server's certificate, name that CA with --ca-bundle FILE or AWS_CA_BUNDLE".into()
        }
        CertificateProblem::Name if is_aws(error) => {
            "the server that answers is not AWS: check the proxies and the name servers of this network".into()
        }
        CertificateProblem::Name if error.service == Service::S3 => {
            "set --endpoint or AWS_ENDPOINT_URL_… to a host that the certificate names; if the certificate does not name BUCKET.HOST, use --addressing path".into()
        }
        CertificateProblem::Name => {
            format!("set {} to a host that the certificate names", setting(error.service)).into()
        }
        CertificateProblem::NoName => {
            let bare = host.trim_matches(['[', ']']);
            let kind = if bare.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
            format!(
                "create the certificate again with the name of the host: openssl req -x509 … -addext \"subjectAltName={kind}:{bare}\""
            )
            .into()
        }
        CertificateProblem::Purpose => {
            "give the server a certificate whose extendedKeyUsage has serverAuth, or that has no extendedKeyUsage".into()
        }
        CertificateProblem::Time => {
            "check this machine's clock; if it is right, renew the certificate".into()
        }
        CertificateProblem::Algorithm => {
            "give the server a certificate with an RSA key of 2048 bits or more, or with ECDSA P-256 or P-384 and SHA-256 or SHA-384".into()
        }
        CertificateProblem::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_does_not_resolve_gets_the_setting_of_its_service() {
        for (service, host, names) in [
            (Service::S3, "s3.example.com", "--addressing path"),
            (
                Service::S3,
                "b.s3.eu-cent-1.amazonaws.com",
                "check --region,",
            ),
            (
                Service::Sts,
                "sts.eu-cent-1.amazonaws.com",
                "check --region,",
            ),
            (
                Service::Sts,
                "sts.cn-nor-1.amazonaws.com.cn",
                "check --region,",
            ),
            (Service::Sts, "sts.example.com:8443", "AWS_ENDPOINT_URL_STS"),
            (
                Service::Sso,
                "portal.sso.eu-1.amazonaws.com",
                "check sso_region",
            ),
            (Service::Sso, "portal.sso.eu-1.api.aws", "check sso_region"),
            (Service::Sso, "sso.example.com", "AWS_ENDPOINT_URL_SSO"),
            (
                Service::SsoOidc,
                "oidc.eu-1.amazonaws.com",
                "check sso_region",
            ),
            (
                Service::SsoOidc,
                "oidc.example.com",
                "AWS_ENDPOINT_URL_SSO_OIDC",
            ),
            (
                Service::ContainerAgent,
                "agent.example.com",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ),
            (
                Service::Metadata,
                "imds.example.com",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            ),
        ] {
            let error = http::Error::example(Kind::Dns(Hop::Server), service, host);
            let hint = http(&error).unwrap();
            assert!(hint.contains(names), "{host}: {hint}");
            let is_custom_s3 = service == Service::S3 && host == "s3.example.com";
            assert_eq!(
                hint.contains("--addressing"),
                is_custom_s3,
                "{host}: {hint}"
            );
        }
    }

    #[test]
    fn no_hint_for_a_local_service_names_an_option_that_has_no_effect_on_it() {
        for service in [Service::ContainerAgent, Service::Metadata] {
            for kind in [
                Kind::Connect(Hop::Server),
                Kind::Timeout,
                Kind::Tls(Hop::Server),
                Kind::PlainHttp([10, 0, 0, 1].into()),
                Kind::Certificate(Hop::Server, CertificateProblem::Name),
            ] {
                let error = http::Error::example(kind, service, "agent.example.com");
                let hint = http(&error).unwrap();
                assert!(hint.contains(setting(service)), "{hint}");
                for option in ["--timeout", "--allow-http", "--endpoint", "HTTPS_PROXY"] {
                    assert!(!hint.contains(option), "{hint}");
                }
            }
        }
    }
}
