"""Reading the PDFs that we make."""

import io

from pypdf import PdfReader


def read_pdf(content: bytes) -> str:
    """All words of a PDF, page after page, with single blanks between them."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in pages)
