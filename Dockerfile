# The image, from the top of a checkout: docker build -t exposure-scanner .
# docs/container.md says how it is used. Both stages begin alike, so that the environment finds its interpreter again.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/exposure
COPY docs/ci/requirements.txt .ci/release-tools.txt /src/locks/
RUN /opt/exposure/bin/pip install --no-cache-dir --require-hashes -r /src/locks/requirements.txt
RUN python3 -m venv /src/tools && /src/tools/bin/pip install --no-cache-dir --require-hashes -r /src/locks/release-tools.txt
COPY pyproject.toml README.md LICENSE /src/
COPY docs /src/docs
COPY scanner /src/scanner
# Tests of libraries are never run here; pip has nothing to do in an image that is replaced, not changed.
RUN cd /src && tools/bin/python -m build --no-isolation --wheel --outdir /src/dist \
    && /opt/exposure/bin/pip install --no-cache-dir --no-deps /src/dist/*.whl \
    && /opt/exposure/bin/pip uninstall --yes --quiet pip \
    && find /opt/exposure -type d -name tests -path '*/numpy/*' -prune -exec rm -rf {} +

FROM ${BASE}
# Raw packets for --engine syn: permitted if whoever starts the container allows NET_RAW, and never effective by itself,
# so that the same interpreter starts where NET_RAW is not allowed (capabilities(7): VFS_CAP_REVISION_2, bit 13).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && python3 -c "import os, struct; os.setxattr(os.path.realpath('/usr/bin/python3'), 'security.capability', struct.pack('<5I', 0x02000000, 1 << 13, 0, 0, 0))" \
    && mkdir /work && chown 65532:65532 /work
COPY --from=build /opt/exposure /opt/exposure
COPY .ci/container/health.py /opt/exposure/health.py
ENV PATH=/opt/exposure/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 HOME=/work
WORKDIR /work
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python3", "/opt/exposure/health.py"]
ENTRYPOINT ["exposure"]
CMD ["--help"]
