# One image for every process: `web`, `worker`, `scheduler`, and each command that an operator types. It is built in
# two steps, so that neither pip nor a compiler is left in it, and it runs with a root that nobody can write to.

# Any Debian with Python 3.11 as `python` will do: a mirror's copy, or one with its digest behind it.
ARG BASE=python:3.11.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
COPY requirements/locked/production.txt .
# Behind a mirror, its address and its certificate come as secrets, which no layer keeps:
#   --secret id=pip.conf,src=/etc/pip.conf --secret id=pip.crt,src=mirror.crt    (cert = /run/secrets/pip.crt)
# Files are compared with their hashes, wherever they come from; none is built here, so no setup.py is run.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=pip.crt,target=/run/secrets/pip.crt \
    python -m venv /opt/bot \
    && /opt/bot/bin/pip install --no-cache-dir --disable-pip-version-check --no-input \
        --require-hashes --only-binary :all: -r production.txt \
    && /opt/bot/bin/pip uninstall --yes pip setuptools
WORKDIR /app
COPY bot ./bot
COPY channels ./channels
COPY flows ./flows
COPY domain ./domain
COPY payments ./payments
# Nothing can be compiled later, where the root is read-only: each start would read all sources anew.
RUN /opt/bot/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="community-savings-bot" \
      org.opencontainers.image.description="Savings groups by USSD, WhatsApp and Telegram, with mobile money underneath" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# pip of the base, where it has one, goes as well: nothing is ever installed here again.
RUN if python -m pip --version; then python -m pip uninstall --yes pip setuptools wheel; fi \
    && groupadd --gid 10001 bot \
    && useradd --no-log-init --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin bot \
    && install --directory --owner 10001 --group 10001 --mode 700 /backups
COPY --from=build /opt/bot /opt/bot
COPY --from=build /app /app
WORKDIR /app
# /tmp is the one place that is written to: give it a tmpfs. /backups is for a volume, where backups go to no bucket.
ENV PATH=/opt/bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    APP_ENV=production \
    APP_VERSION=${VERSION} \
    DATA_DIR=/tmp/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    HOST=0.0.0.0 \
    PORT=8080 \
    METRICS_HOST=0.0.0.0 \
    METRICS_PORT=9100
USER 10001:10001
EXPOSE 8080 9100
STOPSIGNAL SIGTERM
# Each process answers for itself on its operations port, whichever it is. A command that is run once is not asked.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["web"]
