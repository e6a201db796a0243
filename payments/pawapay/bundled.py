"""
The networks behind pawaPay as they were known when this was written: what is believed until pawaPay has said more,
and the numbers of each, which it does not list.

Whole amounts (0) or two decimals (2), for deposits and payouts; "-" where a payer would have to do more than to
approve on the phone. A number may have been taken to another network: pawaPay is asked before money is.
Sources: pawaPay Docs, "Providers" (2026); the numbering plans that the countries' regulators publish.
"""

from typing import Final

# A country, what its numbers begin with, its currency, and a network a line: deposits/payouts, then its numbers;
# none: every number of the country that no other line of it has.
BUNDLED: Final = """
BEN 229 XOF
  MTN_MOMO_BEN 0/0
  MOOV_BEN 0/0
BFA 226 XOF
  MOOV_BFA 0/0 01 02 03 50 51 52 53 60 61 62 63 70 71 72 73
  ORANGE_BFA -/0 04 05 06 07 54 55 56 57 64 65 66 67 74 75 76 77
CMR 237 XAF
  MTN_MOMO_CMR 0/0 650 651 652 653 654 67 680 681 682 683
  ORANGE_CMR 0/0 655 656 657 658 659 686 687 688 689 69
CIV 225 XOF
  MTN_MOMO_CIV 0/0 05
  ORANGE_CIV 0/0 07
COD 243 CDF
  VODACOM_MPESA_COD 0/0 81 82 83
  AIRTEL_COD 2/2 97 98 99
  ORANGE_COD 2/2 80 84 85 89
COD 243 USD
  VODACOM_MPESA_COD 2/2 81 82 83
  AIRTEL_COD 2/2 97 98 99
  ORANGE_COD 2/2 80 84 85 89
COG 242 XAF
  AIRTEL_COG 0/0 04 05
  MTN_MOMO_COG 0/0 06
ETH 251 ETB
  MPESA_ETH 2/2 7
GAB 241 XAF
  AIRTEL_GAB 2/2
GHA 233 GHS
  MTN_MOMO_GHA 2/2 24 25 53 54 55 59
  AIRTELTIGO_GHA 2/2 26 27 56 57
  VODAFONE_GHA 2/2 20 50
KEN 254 KES
  MPESA_KEN 0/2 70 71 72 740 741 742 743 745 746 748 757 758 759 768 769 79 110 111 112 113 114 115
MWI 265 MWK
  AIRTEL_MWI 2/2 98 99
  TNM_MWI 2/2 88 89
MOZ 258 MZN
  MOVITEL_MOZ 0/2 86 87
  VODACOM_MOZ 2/2 84 85
NGA 234 NGN
  AIRTEL_NGA 0/0
  MTN_MOMO_NGA 2/2
RWA 250 RWF
  AIRTEL_RWA 0/0 72 73
  MTN_MOMO_RWA 0/0 78 79
SEN 221 XOF
  FREE_SEN 0/0 76
  ORANGE_SEN 0/0 77 78
TZA 255 TZS
  AIRTEL_TZA 2/2 68 69 78
  VODACOM_TZA 0/0 74 75 76
  TIGO_TZA 0/0 65 67 71 77
  HALOTEL_TZA 0/0 61 62
UGA 256 UGX
  AIRTEL_OAPI_UGA 0/0 20 70 74 75
  MTN_MOMO_UGA 2/2 39 76 77 78 79
ZMB 260 ZMW
  AIRTEL_OAPI_ZMB 2/2 57 77 97
  MTN_MOMO_ZMB 2/2 56 76 96
  ZAMTEL_ZMB 2/2 55 75 95
"""
