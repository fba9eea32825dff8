# One static file in an empty image: no shell, no libc, no CA bundle, nobody's /etc/passwd.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make musl-tools
WORKDIR /src
COPY . .
# In the repository's folder: .cargo/config.toml says how it is linked.
RUN make musl-binary && cp target/*-linux-musl/release/s3-secure-bucket /s3-secure-bucket

FROM scratch
COPY --from=build /s3-secure-bucket /s3-secure-bucket
USER 65532:65532
ENTRYPOINT ["/s3-secure-bucket"]
