//! The shared config and credentials files, and the static keys of a profile.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>

use super::ini;
use crate::context::Context;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroize;

/// A profile's properties, lower-case names.
pub type Profile = BTreeMap<String, String>;

/// Both files together; wiped from memory at the end.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Profiles {
    /// The profile that is in force.
    pub selected: String,
    /// Whether the operator named it, by flag or `AWS_PROFILE`.
    pub is_named: bool,
    /// By name.
    pub profiles: BTreeMap<String, Profile>,
    /// `[services NAME]` sections.
    pub services: BTreeMap<String, Profile>,
    /// `[sso-session NAME]` sections.
    pub sso_sessions: BTreeMap<String, Profile>,
}

/// Longer than any real one.
const SIZE_LIMIT: u64 = 4 << 20;

impl Profiles {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those in
    /// `~/.aws`. The profile: `named`, else `AWS_PROFILE`, else `default`.
    pub fn load(context: &Context, named: Option<&str>) -> Result<Self, UnreadableFile> {
        let named = named.or(context.var("AWS_PROFILE"));
        let selected = named.unwrap_or("default");
        let read = |variable: &str, default: &str| {
            let Some(path) = context.expand_home(context.var(variable).unwrap_or(default)) else {
                return match context.var(variable) {
                    None => Ok(None),
                    Some(named) => Err(UnreadableFile {
                        path: named.into(),
                        why: "there is no home directory".to_owned(),
                    }),
                };
            };
            let unreadable = |why: String| UnreadableFile {
                path: path.clone(),
                why,
            };
            let bytes = context
                .read(&path, SIZE_LIMIT)
                .map_err(|error| unreadable(error.to_string()))?;
            let text = bytes.map(String::from_utf8).transpose();
            let text = text.map_err(|_| unreadable("it is not UTF-8".into()))?;
            let parsed = text.as_deref().map(ini::parse).transpose();
            parsed.map_err(|error| unreadable(error.to_string()))
        };
        let config = read("AWS_CONFIG_FILE", "~/.aws/config")?;
        let credentials = read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")?;
        let mut merged = Self::merge(
            selected,
            config.unwrap_or_default(),
            credentials.unwrap_or_default(),
        );
        merged.is_named = named.is_some();
        Ok(merged)
    }

    /// From the files' texts.
    #[cfg(test)]
    pub fn from_texts(
        selected: &str,
        config: Option<&str>,
        credentials: Option<&str>,
    ) -> Result<Self, ini::InvalidIni> {
        let parse = |text: Option<&str>| ini::parse(text.unwrap_or_default());
        Ok(Self::merge(selected, parse(config)?, parse(credentials)?))
    }

    /// The profile that is in force, if a file has it.
    #[must_use]
    pub fn current(&self) -> Option<&Profile> {
        self.profiles.get(&self.selected)
    }

    /// A property of the profile that is in force; a blank one counts as unset.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.current()
            .and_then(|profile| profile.get(name))
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// `endpoint_url` for a service (`s3`, `sts`): that of the profile's `services` section, else
    /// the profile's own.
    #[must_use]
    pub fn endpoint_url(&self, service: &str) -> Option<String> {
        let of_service = self
            .get("services")
            .and_then(|name| self.services.get(name))
            .and_then(|section| section.get(service))
            .and_then(|value| ini::nested(value).remove("endpoint_url"));
        of_service.or_else(|| self.get("endpoint_url").map(str::to_owned))
    }

    fn merge(selected: &str, config: ini::Ini, credentials: ini::Ini) -> Self {
        let mut all = Profiles::default();
        selected.clone_into(&mut all.selected);
        // `[profile default]` puts `[default]` out of force.
        let has_prefixed_default = config
            .sections
            .iter()
            .any(|(header, _)| words(header) == ("profile", Some("default")));
        for (header, properties) in config.sections {
            let (map, name) = match words(&header) {
                ("default", None) if !has_prefixed_default => (&mut all.profiles, "default"),
                ("profile", Some(name)) => (&mut all.profiles, name),
                ("services", Some(name)) => (&mut all.services, name),
                ("sso-session", Some(name)) => (&mut all.sso_sessions, name),
                _ => continue,
            };
            if is_name(name) {
                map.entry(name.to_owned()).or_default().extend(properties);
            }
        }
        for (name, properties) in credentials.sections {
            if is_name(&name) {
                all.profiles.entry(name).or_default().extend(properties);
            }
        }
        all
    }
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

/// `[profile NAME]` and its like in two words; a word alone stands first.
fn words(header: &str) -> (&str, Option<&str>) {
    match header.split_once([' ', '\t']) {
        Some((kind, name)) => (kind, Some(name.trim())),
        None => (header, None),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c))
}

/// A shared file that is there and cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableFile {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

impl fmt::Display for UnreadableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for UnreadableFile {}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(selected: &str, config: &str, credentials: &str) -> Profiles {
        Profiles::from_texts(selected, Some(config), Some(credentials)).unwrap()
    }

    #[test]
    fn both_files_are_merged_and_the_credentials_file_wins() {
        let all = profiles(
            "a",
            "[profile a]\nregion = eu-west-1\naws_access_key_id = 1\n[a]\nregion = not-a-profile\n",
            "[a]\naws_access_key_id = 2\n[profile a]\naws_access_key_id = 3\n",
        );
        assert_eq!(all.get("region"), Some("eu-west-1"));
        assert_eq!(all.get("aws_access_key_id"), Some("2"));
    }

    #[test]
    fn a_default_with_the_prefix_puts_the_one_without_out_of_force() {
        let all = profiles(
            "default",
            "[default]\na = 1\n[profile default]\nb = 2\n",
            "",
        );
        assert_eq!((all.get("a"), all.get("b")), (None, Some("2")));
    }

    #[test]
    fn a_services_section_beats_the_profiles_own_endpoint() {
        let all = profiles(
            "a",
            "[profile a]\nservices = mine\nendpoint_url = https://all\n[services mine]\ns3 =\n  endpoint_url = https://s3\n",
            "",
        );
        assert_eq!(all.endpoint_url("s3").as_deref(), Some("https://s3"));
        assert_eq!(all.endpoint_url("sts").as_deref(), Some("https://all"));
    }
}
