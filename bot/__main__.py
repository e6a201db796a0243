"""`python -m bot`."""

from bot.cli.main import main
from bot.collector import search_less_often

if __name__ == "__main__":
    search_less_often()
    main()
