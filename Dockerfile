# The image contains one static file, and no shell, libc, CA bundle or /etc/passwd.
FROM rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS build
WORKDIR /src
COPY . .
# The build runs in the repository's folder, because .cargo/config.toml sets the linker options. The
# command is the command of `make static`, because the image has no make. CC names gcc, because
# ring's C files need no musl headers.
RUN target="$(uname -m)-unknown-linux-musl" && rustup target add "$target" && \
    CC=gcc cargo build --release --locked --bin s3-secure-bucket --target "$target" && \
    cp "target/$target/release/s3-secure-bucket" /s3-secure-bucket

FROM scratch
COPY --from=build /s3-secure-bucket /s3-secure-bucket
USER 65532:65532
ENTRYPOINT ["/s3-secure-bucket"]
