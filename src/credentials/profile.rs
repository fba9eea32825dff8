//! The shared config and credentials files, merged into profiles.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>

mod misplaced;

use super::ini::{self, Ini};
use super::key_check::without_quotes;
use super::shared_file::{self, Found, UnreadableFile};
use super::shell_words;
use crate::context::Context;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroize;

/// A profile's properties, with lower-case names.
pub type Profile = BTreeMap<String, String>;

/// The profiles of both files, and the files that could not be read. Values are wiped from memory on drop.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Profiles {
    /// The name of the profile in use.
    pub selected: String,
    /// Whether the caller named the profile, by a flag, `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`.
    pub is_named: bool,
    /// The profiles by name.
    pub profiles: BTreeMap<String, Profile>,
    /// `[services NAME]` sections by name.
    pub services: BTreeMap<String, Profile>,
    /// `[sso-session NAME]` sections by name.
    pub sso_sessions: BTreeMap<String, Profile>,
    /// Unusable files, which are an error only if the run needs the profile: a default file that exists but
    /// cannot be read or breaks the format, or a file that a variable names but that does not exist.
    pub unusable_files: Vec<UnreadableFile>,
    /// Warnings about the files, one sentence each.
    pub warnings: Vec<String>,
    /// Section headers that define no profile, with the file that contains them.
    ignored_headers: Vec<(FileKind, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileKind {
    Config,
    Credentials,
}

impl Profiles {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those in
    /// `~/.aws`, and selects a profile: `named`, else `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`, else
    /// `default`.
    ///
    /// # Errors
    /// Fails if a variable names a file that cannot be read or that breaks the format.
    pub fn load(context: &Context, named: Option<&str>) -> Result<Self, UnreadableFile> {
        let profile = context.var("AWS_PROFILE");
        let old_profile = context.var("AWS_DEFAULT_PROFILE");
        let selected = named.or(profile).or(old_profile);
        let config = shared_file::load(context, "AWS_CONFIG_FILE", "~/.aws/config")?;
        let credentials =
            shared_file::load(context, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")?;
        let (mut warnings, mut unusable_files) = (Vec::new(), Vec::new());
        let mut sections = |found: Found| match found {
            Found::Sections(ini) => ini,
            Found::Absent => Ini::default(),
            Found::NotThere(warning) => {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
                Ini::default()
            }
            Found::Unusable(file) => {
                warnings.push(format!("{file}; its settings are not used"));
                unusable_files.push(file);
                Ini::default()
            }
        };
        let (config, credentials) = (sections(config), sections(credentials));
        if let (None, Some(profile), Some(old)) = (named, profile, old_profile)
            && profile != old
        {
            warnings.push(format!(
                "AWS_PROFILE selects the profile `{profile}`; AWS_DEFAULT_PROFILE, which names `{old}`, is ignored"
            ));
        }
        let mut merged = Self::merge(selected.unwrap_or("default"), config, credentials);
        merged.is_named = selected.is_some();
        merged.unusable_files = unusable_files;
        merged.warnings.splice(0..0, warnings);
        merged.warn_of_missing(context, named);
        merged.warnings.extend(merged.misplaced());
        Ok(merged)
    }

    /// Adds a warning if a variable selects a profile that no file defines, and the environment has keys.
    /// Without such keys, the chain reaches the profile and reports the error.
    fn warn_of_missing(&mut self, context: &Context, named: Option<&str>) {
        let has_keys = context.var("AWS_ACCESS_KEY_ID").is_some();
        let is_missing = self.is_named && self.current().is_none();
        if named.is_some() || !has_keys || !is_missing || !self.unusable_files.is_empty() {
            return;
        }
        let variable = match context.var("AWS_PROFILE") {
            Some(_) => "AWS_PROFILE",
            None => "AWS_DEFAULT_PROFILE",
        };
        let name = &self.selected;
        let correction = self.correction(name);
        let correction = correction.map_or(String::new(), |it| format!("; {it}"));
        self.warnings.push(format!(
            "{variable} names the profile `{name}`, but no file defines this profile, so no setting of a profile is used{correction}"
        ));
    }

    /// Merges the texts of both files.
    ///
    /// # Errors
    /// Fails if a text breaks the format.
    #[cfg(test)]
    pub fn from_texts(
        selected: &str,
        config: Option<&str>,
        credentials: Option<&str>,
    ) -> Result<Self, ini::InvalidIni> {
        let parse = |text: Option<&str>| ini::parse(text.unwrap_or_default());
        Ok(Self::merge(selected, parse(config)?, parse(credentials)?))
    }

    /// The selected profile, if a file defines it.
    #[must_use]
    pub fn current(&self) -> Option<&Profile> {
        self.profiles.get(&self.selected)
    }

    /// A property of the selected profile. A blank value counts as unset.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        value(self.current()?, name)
    }

    /// A property nested in another property of the selected profile: `nested("s3", "addressing_style")`.
    #[must_use]
    pub fn nested(&self, parent: &str, name: &str) -> Option<String> {
        let properties = ini::nested(self.current()?.get(parent)?);
        value(&properties, name).map(str::to_owned)
    }

    /// `endpoint_url` for a service (`s3`, `sts`): from the `services` section that the profile names,
    /// else from the profile itself.
    #[must_use]
    pub fn endpoint_url(&self, service: &str) -> Option<String> {
        let of_service = self
            .get("services")
            .and_then(|name| self.services.get(name))
            .and_then(|section| section.get(service))
            .and_then(|value| ini::nested(value).remove("endpoint_url"));
        of_service.or_else(|| self.get("endpoint_url").map(str::to_owned))
    }

    /// The name of the `services` section that the selected profile names but no file defines.
    #[must_use]
    pub fn missing_services(&self) -> Option<&str> {
        self.get("services")
            .filter(|name| !self.services.contains_key(*name))
    }

    /// Returns a correction for quotes in the name of a profile, or for a section header that was meant
    /// to define this profile but does not define it.
    #[must_use]
    pub fn correction(&self, name: &str) -> Option<String> {
        let of_header = self.correction_of_header(name);
        let bare = without_quotes(name);
        if of_header.is_none() && bare != name && !bare.is_empty() {
            return Some(format!("write the name without quotes: {bare}"));
        }
        of_header
    }

    fn correction_of_header(&self, name: &str) -> Option<String> {
        let in_quotes = |other: &&String| *other != name && without_quotes(other) == name;
        if let Some(other) = self.profiles.keys().find(in_quotes) {
            return Some(format!(
                "the name of the profile `{other}` has typographic quotes: remove these quotes from its section header"
            ));
        }
        let prefixed = |header: &str| {
            let rest = header.strip_prefix("profile")?;
            rest.starts_with([' ', '\t'])
                .then(|| without_quotes(rest.trim()).to_owned())
        };
        let quoted = if name.contains('"') {
            format!("'{name}'")
        } else {
            format!("\"{name}\"")
        };
        self.ignored_headers
            .iter()
            .find_map(|(file, header)| match file {
                FileKind::Config if header == name => Some(format!(
                    "the config file has the section [{header}]: write [profile {header}]"
                )),
                FileKind::Config if prefixed(header).as_deref() == Some(name) => Some(format!(
                    "the config file has the section [{header}]: quote the name, [profile {quoted}]"
                )),
                FileKind::Credentials if prefixed(header).as_deref() == Some(name) => Some(
                    format!("the credentials file has the section [{header}]: write [{name}]"),
                ),
                _ => None,
            })
    }

    fn merge(selected: &str, config: Ini, credentials: Ini) -> Self {
        let mut all = Profiles::default();
        selected.clone_into(&mut all.selected);
        let headers: Vec<Option<Header>> = config
            .sections
            .iter()
            .map(|(header, _)| Header::read(header))
            .collect();
        // `[profile default]` replaces `[default]`.
        let has_prefixed_default = headers
            .iter()
            .flatten()
            .any(|header| *header == Header::Profile("default".to_owned()));
        for (header, (text, properties)) in headers.into_iter().zip(config.sections) {
            let (map, name) = match header {
                Some(Header::Default) if !has_prefixed_default => {
                    (&mut all.profiles, "default".to_owned())
                }
                Some(Header::Profile(name)) => (&mut all.profiles, name),
                Some(Header::Services(name)) => (&mut all.services, name),
                Some(Header::SsoSession(name)) => (&mut all.sso_sessions, name),
                Some(Header::Default) => continue,
                None => {
                    all.ignored_headers.push((FileKind::Config, text));
                    continue;
                }
            };
            map.entry(name).or_default().extend(properties);
        }
        let mut of_credentials: BTreeMap<String, Profile> = BTreeMap::new();
        for (header, properties) in credentials.sections {
            match credentials_name(&header) {
                Some(name) => of_credentials.entry(name).or_default().extend(properties),
                None => all.ignored_headers.push((FileKind::Credentials, header)),
            }
        }
        for (name, properties) in of_credentials {
            all.add_credentials(name, properties);
        }
        all
    }

    /// Adds a profile of the credentials file, whose properties win. If the credentials file has a key for
    /// the profile, a session token in the config file belongs to another key and is removed.
    fn add_credentials(&mut self, name: String, properties: Profile) {
        let is_selected = name == self.selected;
        let count = |profile: &Profile| {
            let halves = ["aws_access_key_id", "aws_secret_access_key"].into_iter();
            halves.filter(|it| value(profile, it).is_some()).count()
        };
        let of_config = self.profiles.get(&name).map_or(0, count);
        if is_selected && (of_config, count(&properties)) == (2, 1) {
            self.warnings.push(format!(
                "profile `{name}` has a key in the config file, and only the ID or only the secret of a key in the credentials file; the program combines the two files, so the ID and the secret may belong to different keys"
            ));
        }
        let merged = self.profiles.entry(name).or_default();
        let has_token =
            |profile: &Profile| SESSION_TOKENS.iter().any(|it| value(profile, it).is_some());
        let is_stale = value(&properties, "aws_access_key_id").is_some() && has_token(merged);
        if is_stale {
            for mut token in SESSION_TOKENS.iter().filter_map(|it| merged.remove(*it)) {
                token.zeroize();
            }
        }
        if is_stale && is_selected && !has_token(&properties) {
            self.warnings.push(format!(
                "the session token of profile `{}` in the config file is ignored, because the access key ID comes from the credentials file",
                self.selected
            ));
        }
        merged.extend(properties);
    }
}

/// The names of the session token's property: the current one and the older one.
pub(super) const SESSION_TOKENS: [&str; 2] = ["aws_session_token", "aws_security_token"];

/// A property without the white space around it. A blank value counts as unset.
pub(super) fn value<'a>(profile: &'a Profile, name: &str) -> Option<&'a str> {
    let value = profile.get(name)?.trim();
    (!value.is_empty()).then_some(value)
}

/// A section header of the config file.
#[derive(Debug, PartialEq, Eq)]
enum Header {
    Default,
    Profile(String),
    Services(String),
    SsoSession(String),
}

impl Header {
    /// Parses a header such as `[profile NAME]`. Names are quoted as in a shell. An unquoted name must not
    /// contain characters that a shell interprets.
    fn read(header: &str) -> Option<Self> {
        let words = shell_words::split(header)?;
        match &words[..] {
            [word] if word.text == "default" => Some(Header::Default),
            [kind, name] if !name.has_unquoted_syntax && is_name(&name.text) => {
                let name = name.text.clone();
                match kind.text.as_str() {
                    "profile" => Some(Header::Profile(name)),
                    "services" => Some(Header::Services(name)),
                    "sso-session" => Some(Header::SsoSession(name)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The profile that a header of the credentials file names: the whole text, in quotes or not. A header
/// with a prefix of the config file names no profile.
fn credentials_name(header: &str) -> Option<String> {
    let first = header.split([' ', '\t']).next().unwrap_or_default();
    if header != first && ["profile", "services", "sso-session"].contains(&first) {
        return None;
    }
    let is_quoted = header.starts_with(['"', '\'']);
    let name = match shell_words::split(header).as_deref() {
        Some([word]) if is_quoted => word.text.clone(),
        _ => header.to_owned(),
    };
    is_name(&name).then_some(name)
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && !name.chars().any(char::is_control)
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles")
            .field("selected", &self.selected)
            .field("profiles", &self.profiles.keys())
            .finish_non_exhaustive()
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        for value in self.profiles.values_mut().flat_map(BTreeMap::values_mut) {
            value.zeroize();
        }
    }
}

#[cfg(test)]
mod tests;
