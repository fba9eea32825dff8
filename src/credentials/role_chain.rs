//! Reads from a profile the source of its credentials, and the roles to assume with these
//! credentials.
//!
//! The functions here read no file and send nothing. Where the SDKs disagree, these functions follow the SDKs
//! for Rust, Go and Java.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>

use super::profile::{self, Profile, Profiles, SESSION_TOKENS};
use s3_presign::{AccountId, Credentials, Secret};
use std::collections::BTreeMap;

/// A source of credentials, and the roles to assume with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleChain {
    pub(super) source: Source,
    /// The profile that configures the source: the selected profile, or the profile in its
    /// `source_profile`.
    pub(super) source_profile: String,
    /// The roles in the order in which they are assumed.
    pub(super) roles: Vec<Role>,
}

/// The source of the credentials with which a role chain begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Static(Credentials),
    Environment,
    Container,
    Metadata,
    WebIdentity {
        role: Role,
        token_file: String,
    },
    Sso(Sso),
    /// The `login_session` of `aws login`.
    Login(String),
    Process {
        /// The command in one line, for a shell.
        command: String,
        /// The profile's `aws_account_id`, used if the process reports no account.
        account_id: Option<AccountId>,
    },
}

/// A role to assume, with the parameters of `AssumeRole`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    /// The MFA device whose code the role's trust policy demands.
    pub(super) mfa_serial: Option<String>,
    pub(super) duration_seconds: Option<String>,
}

/// A role in IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sso {
    /// The text from which the name of the token's file is derived: the session's name, or (legacy) the start
    /// URL.
    pub(super) cache_name: String,
    /// The profile has an `sso_session`, whose tokens can be renewed.
    pub(super) is_renewable: bool,
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) role_name: String,
}

/// The reason why a profile has no chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChainError {
    /// The profile configures no credentials.
    NotConfigured(String),
    /// The profile is incomplete, or contradicts itself.
    Broken(String),
}

/// Reads the chain of the selected profile.
pub(super) fn read(profiles: &Profiles) -> Result<RoleChain, ChainError> {
    let mut name = profiles.selected.clone();
    let mut visited: Vec<String> = Vec::new();
    let mut roles = Vec::new();
    let source = loop {
        let Some(profile) = profiles.profiles.get(&name) else {
            let correction = profiles.correction(&name);
            let correction = correction.map_or(String::new(), |it| format!("; {it}"));
            return Err(match visited.last() {
                None if profiles.is_named => {
                    ChainError::Broken(format!("there is no profile `{name}`{correction}"))
                }
                None => ChainError::NotConfigured(format!("there is no profile `{name}`")),
                Some(by) => ChainError::Broken(format!(
                    "there is no profile `{name}`, which profile `{by}` names as its source{correction}"
                )),
            });
        };
        let is_source = !visited.is_empty();
        if visited.contains(&name) {
            visited.push(name);
            let circle = visited.join("` → `");
            return Err(ChainError::Broken(format!(
                "the profiles form a circle: `{circle}`"
            )));
        }
        let reader = Reader {
            name: &name,
            profile,
            profiles,
        };
        // In the selected profile a role overrides keys; in a source profile keys override a role.
        if is_source && let Some(keys) = reader.keys()? {
            break Source::Static(keys);
        }
        match reader.role()? {
            None => break reader.source(is_source)?,
            Some((role, Next::Profile(source))) if source == name => {
                roles.push(role);
                let keys = reader.keys()?;
                break Source::Static(
                    keys.ok_or_else(|| {
                        reader.broken("names itself as its source and has no keys")
                    })?,
                );
            }
            Some((role, Next::Profile(source))) => {
                roles.push(role);
                visited.push(name);
                name = source;
            }
            Some((role, Next::Source(source))) => {
                roles.push(role);
                break source;
            }
        }
    };
    roles.reverse();
    Ok(RoleChain {
        source,
        source_profile: name,
        roles,
    })
}

/// The origin of the credentials that assume a role.
enum Next {
    Profile(String),
    Source(Source),
}

struct Reader<'a> {
    name: &'a str,
    profile: &'a Profile,
    profiles: &'a Profiles,
}

impl Reader<'_> {
    fn get(&self, property: &str) -> Option<&str> {
        profile::value(self.profile, property)
    }

    fn broken(&self, what: &str) -> ChainError {
        ChainError::Broken(format!("profile `{}` {what}", self.name))
    }

    /// The profile's `aws_account_id`; a value that is not an account ID is ignored.
    fn account(&self) -> Option<AccountId> {
        self.get("aws_account_id")?.parse().ok()
    }

    fn keys(&self) -> Result<Option<Credentials>, ChainError> {
        match (
            self.get("aws_access_key_id"),
            self.get("aws_secret_access_key"),
        ) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.broken("has no aws_secret_access_key")),
            (None, Some(_)) => Err(self.broken("has no aws_access_key_id")),
            (Some(id), Some(secret)) => Ok(Some(Credentials {
                session_token: SESSION_TOKENS
                    .iter()
                    .find_map(|token| self.get(token))
                    .map(Secret::new),
                account_id: self.account(),
                ..Credentials::new(id, secret)
            })),
        }
    }

    /// The role that the profile assumes with other credentials. A role with a token file is a credential
    /// source, not a role to assume here, even if the profile also names a source, as in botocore and the
    /// SDK for Rust.
    fn role(&self) -> Result<Option<(Role, Next)>, ChainError> {
        let Some(arn) = self.get("role_arn") else {
            return Ok(None);
        };
        if self.get("web_identity_token_file").is_some() {
            return Ok(None);
        }
        let from = match (self.get("source_profile"), self.get("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(
                    self.broken("has both source_profile and credential_source: remove one")
                );
            }
            (Some(source), None) => Next::Profile(source.to_owned()),
            (None, Some("Environment")) => Next::Source(Source::Environment),
            (None, Some("EcsContainer")) => Next::Source(Source::Container),
            (None, Some("Ec2InstanceMetadata")) => Next::Source(Source::Metadata),
            (None, Some(_)) => {
                return Err(self.broken("has an unknown credential_source: write Environment, EcsContainer or Ec2InstanceMetadata"));
            }
            (None, None) => {
                return Err(
                    self.broken("has a role_arn but neither source_profile nor credential_source")
                );
            }
        };
        Ok(Some((self.assume(arn), from)))
    }

    fn assume(&self, arn: &str) -> Role {
        let owned = |property: &str| self.get(property).map(str::to_owned);
        Role {
            arn: arn.to_owned(),
            session_name: owned("role_session_name"),
            external_id: owned("external_id"),
            mfa_serial: owned("mfa_serial"),
            duration_seconds: owned("duration_seconds"),
        }
    }

    fn source(&self, is_source: bool) -> Result<Source, ChainError> {
        if let Some(token_file) = self.get("web_identity_token_file") {
            let arn = self
                .get("role_arn")
                .ok_or_else(|| self.broken("has a web_identity_token_file but no role_arn"))?;
            return Ok(Source::WebIdentity {
                role: self.assume(arn),
                token_file: token_file.to_owned(),
            });
        }
        if let Some(sso) = self.sso()? {
            return Ok(Source::Sso(sso));
        }
        if let Some(session) = self.get("login_session") {
            return Ok(Source::Login(session.to_owned()));
        }
        if let Some(command) = self.get("credential_process") {
            return Ok(Source::Process {
                command: in_one_line(command),
                account_id: self.account(),
            });
        }
        match self.keys()? {
            Some(keys) => Ok(Source::Static(keys)),
            None if is_source => {
                Err(self.broken("is named as a source but configures no credentials"))
            }
            None => Err(ChainError::NotConfigured(format!(
                "profile `{}` configures no credentials",
                self.name
            ))),
        }
    }

    fn sso(&self) -> Result<Option<Sso>, ChainError> {
        let (account, role) = (self.get("sso_account_id"), self.get("sso_role_name"));
        let session = self.get("sso_session");
        let nothing: BTreeMap<String, String> = BTreeMap::new();
        let section = match session {
            Some(name) => self.profiles.sso_sessions.get(name).ok_or_else(|| {
                self.broken(&format!(
                    "names the sso-session `{name}`, but there is no section [sso-session {name}]"
                ))
            })?,
            None => &nothing,
        };
        if session.is_none() && account.is_none() && role.is_none() {
            return Ok(None);
        }
        let setting = |property: &str| {
            let own = self.get(property);
            let of_session = section.get(property).map(String::as_str);
            match (session, own, of_session) {
                (None, Some(value), _) | (Some(_), None, Some(value)) => Ok(value.to_owned()),
                (Some(_), Some(own), Some(value)) if own == value => Ok(own.to_owned()),
                (Some(_), Some(_), _) => Err(self.broken(&format!(
                    "has {property} beside sso_session, with a different value: move {property} to the [sso-session] section"
                ))),
                (_, None, None) | (None, None, Some(_)) => {
                    Err(self.broken(&format!("has no {property}")))
                }
            }
        };
        let (region, start_url) = (setting("sso_region")?, setting("sso_start_url")?);
        match (account, role) {
            (Some(account), Some(role)) => Ok(Some(Sso {
                cache_name: session.map_or(start_url, str::to_owned),
                is_renewable: session.is_some(),
                region,
                account_id: account.to_owned(),
                role_name: role.to_owned(),
            })),
            (Some(_), None) => Err(self.broken("has sso_account_id but no sso_role_name")),
            (None, Some(_)) => Err(self.broken("has sso_role_name but no sso_account_id")),
            (None, None) => Err(self.broken(
                "has an SSO session but neither sso_account_id nor sso_role_name, so the profile gets no credentials",
            )),
        }
    }
}

/// A command without its line breaks. The AWS CLI reads continuation lines as arguments of one command;
/// a shell would run each line as a command.
fn in_one_line(command: &str) -> String {
    let lines = command.lines().map(|line| {
        let line = line.trim();
        line.strip_suffix('\\').unwrap_or(line).trim_end()
    });
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}
