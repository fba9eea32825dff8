//! Finds settings of services that neither the program nor the SDKs read, because of their place in the file.

use super::{Profile, Profiles, value};

impl Profiles {
    /// Returns a warning for each endpoint or setting of S3, in the selected profile and its `services`
    /// section, that has no effect because of its place. If an endpoint has no effect, requests go to AWS.
    pub(super) fn misplaced(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let profile = &self.selected;
        if let Some(properties) = self.current() {
            if is_inline(properties, "s3") {
                warnings.push(format!(
                    "the value of `s3` in profile `{profile}` is not used: write each setting on an indented line below `s3 =`"
                ));
            }
            if self.nested("s3", "endpoint_url").is_some() {
                warnings.push(format!(
                    "the endpoint_url below `s3 =` in profile `{profile}` is not used: write `endpoint_url` into the profile without indentation"
                ));
            }
        }
        let Some(name) = self.get("services") else {
            return warnings;
        };
        if let Some(section) = self.services.get(name) {
            if value(section, "endpoint_url").is_some() {
                warnings.push(format!(
                    "the endpoint_url of section [services {name}] is not used: indent the line, below a line such as `s3 =`"
                ));
            }
            let inline = section.keys().filter(|it| *it != "endpoint_url");
            for service in inline.filter(|it| is_inline(section, it)) {
                warnings.push(format!(
                    "the value of `{service}` in section [services {name}] is not used: write each setting on an indented line below `{service} =`"
                ));
            }
        }
        warnings
    }
}

/// Whether a property that has only nested properties has a value in its own line.
fn is_inline(properties: &Profile, name: &str) -> bool {
    value(properties, name).is_some() && !properties[name].starts_with('\n')
}
