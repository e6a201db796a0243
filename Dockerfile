# One image for the three processes: web, worker, scheduler. Built in two steps, so that no compiler is left in it.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/locked/production.txt .
RUN python -m venv /opt/bot \
    && /opt/bot/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        -r production.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app bot
COPY --from=build /opt/bot /opt/bot
WORKDIR /app
COPY bot ./bot
COPY channels ./channels
COPY flows ./flows
COPY domain ./domain
COPY payments ./payments
ENV PATH=/opt/bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    APP_ENV=production \
    MPLCONFIGDIR=/var/tmp/matplotlib \
    HOST=0.0.0.0 \
    PORT=8080
USER 10001
EXPOSE 8080
# The same image runs `worker` and `scheduler`; only web has a /health to be asked.
ENTRYPOINT ["python", "-m", "bot"]
CMD ["web"]
