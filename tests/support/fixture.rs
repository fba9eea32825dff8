//! Reads recorded HTTP responses from `wiremock-fixtures/`.

use std::path::{Path, PathBuf};
use wiremock::ResponseTemplate;

/// Reads `wiremock-fixtures/s3/NAME.http`.
pub fn answer(name: &str) -> ResponseTemplate {
    let path = root().join(format!("{name}.http"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (head, body) = text
        .split_once("\n\n")
        .expect("an empty line ends the head");
    let mut lines = head.lines();
    let status: u16 = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let mut answer = ResponseTemplate::new(status);
    let mut content_type = "application/octet-stream".to_owned();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        match name {
            "content-type" => value.clone_into(&mut content_type),
            _ => answer = answer.append_header(name, value),
        }
    }
    answer.set_body_raw(body.to_owned(), &content_type)
}

/// Returns the body of a recorded response.
pub fn body(name: &str) -> String {
    let text = std::fs::read_to_string(root().join(format!("{name}.http"))).unwrap();
    text.split_once("\n\n").unwrap().1.to_owned()
}

/// Returns the names of all recorded responses, such as `any/access-denied`, which [`answer`]
/// accepts.
pub fn all() -> Vec<String> {
    let name = |path: PathBuf| {
        let relative = path.strip_prefix(root()).unwrap().with_extension("");
        relative.to_str().unwrap().to_owned()
    };
    let mut names: Vec<String> = files(&root()).into_iter().map(name).collect();
    names.sort();
    names
}

/// Returns all files in a folder and its subfolders.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wiremock-fixtures/s3")
}
