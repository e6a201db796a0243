"""What stands between the web and the pages and API: whom it answers, how often, and what every answer says."""
