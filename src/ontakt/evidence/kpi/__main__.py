"""`python -m ontakt.evidence.kpi > docs/kpis.md` writes the page of definitions anew."""

import sys

from ontakt.evidence.kpi.page import kpi_page

sys.stdout.write(kpi_page())
