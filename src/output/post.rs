//! The output of `presign post`, except for the upload page.

use super::curl::{self, Command};
use super::json_line;
use crate::values::Shell;
use s3_presign::post::{FILENAME, Form};
use s3_presign::timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;
use time::OffsetDateTime;

/// An upload form, and the data for its output formats.
pub(crate) struct Upload<'a> {
    pub(crate) form: &'a Form,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) size_range: Option<(u64, u64)>,
    /// The value of `--content-type`. A `*` at the end of the value matches any ending.
    pub(crate) content_type: Option<&'a str>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    method: &'static str,
    bucket: &'a str,
    key: &'a str,
    url: &'a str,
    expires_at: String,
    fields: Map<String, Value>,
}

impl Upload<'_> {
    /// The URL, then one field per line.
    pub(crate) fn text(&self) -> String {
        let field = |(name, value): &(String, String)| format!("{name}={value}\n");
        let fields: String = self.form.fields.iter().map(field).collect();
        format!("{}\n{fields}", self.form.url)
    }

    /// A JSON document in one line. `fields` has the order in which the client must send them; the file
    /// comes after them.
    pub(crate) fn json(&self) -> String {
        let field = |(name, value): &(String, String)| (name.clone(), Value::from(value.as_str()));
        json_line(&Document {
            schema_version: 1,
            method: "POST",
            bucket: self.bucket,
            key: self.key,
            url: &self.form.url,
            expires_at: timestamp::rfc3339(self.expires_at),
            fields: self.form.fields.iter().map(field).collect(),
        })
    }

    /// A curl command that uploads a file.
    ///
    /// # Errors
    /// Fails if the shell cannot pass a field to curl. The error is the reason.
    pub(crate) fn curl(
        &self,
        shell: Shell,
        ca_bundle: Option<&Path>,
    ) -> Result<String, &'static str> {
        let mut command = Command::curl(shell, ca_bundle, false);
        for (name, value) in &self.form.fields {
            let value = match name.as_str() {
                // The user must replace the `*`, because `image/*` is not a content type.
                "Content-Type" if self.content_type.is_some_and(|kind| kind.ends_with('*')) => {
                    format!("{value}*")
                }
                _ => value.clone(),
            };
            // --form would read a value that begins with `@` or `<` as a file name.
            command.options(&["--form-string"]);
            command.value(&format!("{name}={value}"));
        }
        let name = self.key.replace(FILENAME, "");
        let file = if self.key.contains(FILENAME) {
            "file".to_owned()
        } else {
            curl::file_name(&name, shell)
        };
        // In --form a `;` or `,` ends the file's name, unless the name is in double quotes.
        // PowerShell cannot pass double quotes.
        let file = match shell {
            Shell::Powershell if file.contains([';', ',']) => "file".to_owned(),
            Shell::Powershell => file,
            _ => format!("\"{}\"", file.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        command.options(&["--form"]);
        command.value(&format!("file=@{file}"));
        command.value(&self.form.url);
        Ok(command.line()? + "\n")
    }
}
