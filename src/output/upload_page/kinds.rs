//! Kinds of files: their extensions, and the content types that browsers report for them.

use serde::Serialize;

/// A kind of file that people know by a name, such as "Word document". The names of a kind are the
/// texts `many.ID` and `a.ID`.
#[derive(Serialize)]
pub(super) struct Kind {
    pub(super) id: &'static str,
    pub(super) extensions: Vec<&'static str>,
    /// The registered content type comes first, then other types that browsers report, and last the
    /// types of a more general format. For example, a Word document is also a ZIP archive.
    pub(super) types: Vec<&'static str>,
}

/// All kinds. If two kinds have the same content type, the page uses the name of the first kind.
pub(super) fn all() -> Vec<Kind> {
    let words = |text: &'static str| text.split(' ').collect();
    let kind = |&(id, extensions, types): &(&'static str, &'static str, &'static str)| Kind {
        id,
        extensions: words(extensions),
        types: words(types),
    };
    KINDS.iter().map(kind).collect()
}

/// ID, extensions, content types.
/// <https://www.iana.org/assignments/media-types/media-types.xhtml>
const KINDS: &[(&str, &str, &str)] = &[
    ("plain", "txt text log", "text/plain"),
    ("pdf", "pdf", "application/pdf application/x-pdf"),
    (
        "zip",
        "zip",
        "application/zip application/x-zip-compressed application/x-zip application/x-compressed multipart/x-zip",
    ),
    ("xml", "xml xsd xsl", "application/xml text/xml text/plain"),
    (
        "json",
        "json jsonl ndjson geojson",
        "application/json text/json text/plain",
    ),
    (
        "csv",
        "csv",
        "text/csv application/csv text/x-csv text/comma-separated-values text/plain",
    ),
    ("tsv", "tsv tab", "text/tab-separated-values text/plain"),
    (
        "markdown",
        "md markdown",
        "text/markdown text/x-markdown text/plain",
    ),
    (
        "html",
        "html htm xhtml",
        "text/html application/xhtml+xml text/plain",
    ),
    (
        "yaml",
        "yaml yml",
        "application/yaml text/yaml application/x-yaml text/plain",
    ),
    (
        "code",
        "js mjs ts jsx tsx css py rb rs go java c h cc cpp cs php sh ps1 sql r toml ini",
        "text/plain text/javascript application/javascript text/css text/x-python application/x-sh application/sql",
    ),
    ("calendar", "ics vcs", "text/calendar text/plain"),
    ("rtf", "rtf", "application/rtf text/rtf"),
    (
        "word",
        "doc docx docm dot dotx",
        "application/msword application/vnd.openxmlformats-officedocument.wordprocessingml.document application/vnd.ms-word.document.macroenabled.12 application/zip",
    ),
    (
        "excel",
        "xls xlsx xlsm xlsb xlt xltx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/vnd.ms-excel application/vnd.ms-excel.sheet.macroenabled.12 application/zip",
    ),
    (
        "powerpoint",
        "ppt pptx pptm pps ppsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation application/vnd.ms-powerpoint application/zip",
    ),
    (
        "odt",
        "odt ott",
        "application/vnd.oasis.opendocument.text application/zip",
    ),
    (
        "ods",
        "ods ots",
        "application/vnd.oasis.opendocument.spreadsheet application/zip",
    ),
    (
        "odp",
        "odp otp",
        "application/vnd.oasis.opendocument.presentation application/zip",
    ),
    ("epub", "epub", "application/epub+zip application/zip"),
    (
        "eml",
        "eml msg",
        "message/rfc822 application/vnd.ms-outlook",
    ),
    (
        "jpeg",
        "jpg jpeg jpe jfif",
        "image/jpeg image/jpg image/pjpeg",
    ),
    ("png", "png", "image/png image/x-png"),
    ("gif", "gif", "image/gif"),
    ("webp", "webp", "image/webp"),
    (
        "heic",
        "heic heif heics hif",
        "image/heic image/heif image/heic-sequence image/heif-sequence",
    ),
    ("avif", "avif", "image/avif"),
    ("tiff", "tif tiff", "image/tiff"),
    ("bmp", "bmp dib", "image/bmp image/x-ms-bmp"),
    ("svg", "svg svgz", "image/svg+xml application/xml text/xml"),
    (
        "raw",
        "dng cr2 cr3 nef arw orf rw2 raf",
        "image/x-adobe-dng image/x-raw image/x-canon-cr2 image/x-nikon-nef image/x-sony-arw",
    ),
    (
        "psd",
        "psd",
        "image/vnd.adobe.photoshop application/x-photoshop application/photoshop",
    ),
    (
        "mp4",
        "mp4 m4v",
        "video/mp4 video/x-m4v audio/mp4 application/mp4",
    ),
    ("mov", "mov qt", "video/quicktime"),
    (
        "avi",
        "avi",
        "video/x-msvideo video/avi video/msvideo video/vnd.avi",
    ),
    (
        "mkv",
        "mkv mka",
        "video/x-matroska video/matroska audio/x-matroska",
    ),
    ("webm", "webm", "video/webm audio/webm"),
    (
        "mpeg",
        "mpg mpeg m2ts mts",
        "video/mpeg video/mp2t audio/mpeg",
    ),
    ("wmv", "wmv asf", "video/x-ms-wmv video/x-ms-asf"),
    ("threegp", "3gp 3g2", "video/3gpp audio/3gpp video/3gpp2"),
    ("mp3", "mp3", "audio/mpeg audio/mp3 audio/x-mp3"),
    ("m4a", "m4a", "audio/mp4 audio/x-m4a audio/m4a video/mp4"),
    (
        "wav",
        "wav wave",
        "audio/wav audio/x-wav audio/wave audio/vnd.wave",
    ),
    ("flac", "flac", "audio/flac audio/x-flac"),
    ("aac", "aac", "audio/aac audio/x-aac"),
    (
        "ogg",
        "ogg oga ogv opus",
        "audio/ogg video/ogg application/ogg audio/opus",
    ),
    ("tar", "tar", "application/x-tar application/tar"),
    (
        "gzip",
        "gz tgz",
        "application/gzip application/x-gzip application/x-compressed-tar application/x-tar application/x-compressed",
    ),
    ("sevenzip", "7z", "application/x-7z-compressed"),
    (
        "rar",
        "rar",
        "application/vnd.rar application/x-rar-compressed application/x-rar",
    ),
    ("xz", "xz txz", "application/x-xz application/x-tar"),
    (
        "bzip2",
        "bz2 tbz2",
        "application/x-bzip2 application/x-bzip application/x-tar",
    ),
    ("zstd", "zst", "application/zstd application/x-tar"),
    (
        "program",
        "exe msi dll",
        "application/vnd.microsoft.portable-executable application/x-msdownload application/x-dosexec application/x-msi application/x-ms-dos-executable",
    ),
    (
        "woff",
        "woff woff2",
        "font/woff font/woff2 application/font-woff",
    ),
    (
        "truetype",
        "ttf otf ttc",
        "font/ttf font/otf font/sfnt font/collection application/x-font-ttf",
    ),
];
