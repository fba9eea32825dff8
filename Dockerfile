# The image contains one static file, and no shell, libc, CA bundle or /etc/passwd. The release workflow
# replaces the stage `build` with a folder that contains the released binary
# (`docker build --build-context build=FOLDER`), and adds the labels with the address and the version.
FROM rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS build
WORKDIR /src
COPY . .
# `make static` runs the same script. The script runs in the repository's folder, because
# .cargo/config.toml sets the linker options.
RUN packaging/static.sh && cp target/*-unknown-linux-musl/release/s3-secure-bucket /

FROM scratch
LABEL org.opencontainers.image.title="s3-secure-bucket" \
      org.opencontainers.image.description="Creates hardened S3 buckets and makes presigned URLs" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /s3-secure-bucket /s3-secure-bucket
USER 65532:65532
ENTRYPOINT ["/s3-secure-bucket"]
