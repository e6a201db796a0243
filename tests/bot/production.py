"""What a deployment has to set, as an operator would give it."""

SECRET = "0123456789abcdef0123456789abcdef"
PRODUCTION = {
    "APP_ENV": "production",
    "PUBLIC_URL": "https://bot.example.org/",
    "MONGO_URI": "mongodb://db.example.org/?replicaSet=rs0",
    "REDIS_URL": "redis://cache.example.org",
    "SESSION_SECRET": SECRET,
    "PIN_PEPPER": f"{SECRET}p",
    "JWT_SECRET": f"{SECRET}j",
    "REFRESH_TOKEN_SECRET": f"{SECRET}r",
    "HOOK_SECRET": "q8vN2kLxq8vN2kLxq8vN2kLx",
    "AT_USERNAME": "savings",
    "AT_API_KEY": "at-key-of-ours",
    "MOMO_API_URL": "https://proxy.momoapi.mtn.com",
    "MOMO_ENVIRONMENT": "mtnuganda",
    "MOMO_SUBSCRIPTION_KEY": "sub-key",
    "MOMO_API_USER": "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
    "MOMO_API_KEY": "momo-key-of-ours",
}
PAYING_OUT = {
    "MOMO_DISBURSEMENT_SUBSCRIPTION_KEY": "sub-key-out",
    "MOMO_DISBURSEMENT_API_USER": "7c0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
    "MOMO_DISBURSEMENT_API_KEY": "momo-key-out-of-ours",
}
