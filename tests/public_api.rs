//! Compares the public interface of the library with the list in `tests/public-api.txt`.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// `tests/public-api.txt` lists each public item with its methods, fields and variants.
#[test]
fn the_public_interface_matches_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Command::new(env!("CARGO"))
        .args(["rustdoc", "--quiet", "--lib", "--offline"])
        .args(["--package", "s3-secure-bucket"])
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", root.join("tests/rustdoc-json.sh"))
        .current_dir(root)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{stderr}");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = scratch.with_file_name("doc").join("s3_secure_bucket.json");
    let crates: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let items = Interface(&crates["index"]).items(&crates["root"]);
    let listed: String = items.values().map(String::as_str).collect();

    let wanted = std::fs::read_to_string(root.join("tests/public-api.txt")).unwrap();
    if listed != wanted {
        std::fs::write(scratch.join("public-api.txt"), &listed).unwrap();
    }
    assert_eq!(
        listed,
        wanted,
        "if this is meant: cp {}/public-api.txt tests/",
        scratch.display()
    );
    assert!(items.len() <= 36, "{} items", items.len());
}

/// The index of rustdoc's JSON output. The test reads only the names and kinds of items, because
/// rustdoc seldom changes where the JSON contains names and kinds.
struct Interface<'a>(&'a Value);

impl Interface<'_> {
    fn item(&self, id: &Value) -> &Value {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        &self.0[id]
    }

    /// Returns the text of each public item of a module, by the name of the item.
    fn items(&self, module: &Value) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for id in self.item(module)["inner"]["module"]["items"]
            .as_array()
            .unwrap()
        {
            let item = self.item(id);
            if item["visibility"] != "public" {
                continue;
            }
            let import = &item["inner"]["use"];
            let (name, target) = match import.as_object() {
                Some(import) => (&import["name"], self.item(&import["id"])),
                None => (&item["name"], item),
            };
            let name = name.as_str().unwrap();
            let text = if target.is_null() {
                // The item is a re-export from a different crate, so the index does not contain the
                // definition of the item.
                format!("use {} as {name}\n", import["source"].as_str().unwrap())
            } else {
                self.text(name, target)
            };
            found.insert(name.to_owned(), text);
        }
        found
    }

    fn text(&self, name: &str, item: &Value) -> String {
        let (kind, inner) = item["inner"].as_object().unwrap().iter().next().unwrap();
        let may_grow = item["attrs"].to_string().contains("non_exhaustive");
        let may_grow = if may_grow { "#[non_exhaustive] " } else { "" };
        let mut parts = Vec::new();
        for id in list(&inner["kind"]["plain"]["fields"]) {
            parts.push(format!("  {}\n", text_of(&self.item(id)["name"])));
        }
        for id in list(&inner["variants"]) {
            parts.push(format!("  {}\n", text_of(&self.item(id)["name"])));
        }
        let mut functions = Vec::new();
        for id in list(&inner["impls"]) {
            let block = &self.item(id)["inner"]["impl"];
            if !block["trait"].is_null() {
                continue;
            }
            for id in list(&block["items"]) {
                let function = self.item(id);
                if function["visibility"] == "public" {
                    functions.push(format!("  fn {}\n", text_of(&function["name"])));
                }
            }
        }
        functions.sort();
        format!(
            "{may_grow}{kind} {name}\n{}{}",
            parts.concat(),
            functions.concat()
        )
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text_of(name: &Value) -> &str {
    name.as_str().unwrap_or_default()
}
