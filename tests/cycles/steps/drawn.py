"""What the steps draw from."""

from typing import Final

from hypothesis import strategies as st

# Three officers, three members, and two who are in no group yet.
PEOPLE: Final = ("ada", "ben", "cy", "dan", "eve", "fay", "gus", "hal")
WHO = st.sampled_from((*PEOPLE[:6], *PEOPLE[:6], *PEOPLE))
LEAVES = st.sampled_from(["fay", "fay", "dan", "cy", "gus", "hal"])
# An officer as a rule, whoever holds an office; 3 stands for a member, who may not.
LEADS = st.sampled_from([0, 0, 1, 1, 2, 2, 3])
WHICH = st.integers(0, 7)  # of what there is, counted round
RIGHT: Final = (500, 1_000, 1_300, 5_000, 5_500, 20_000, 60_000, 150_000, 400_000)
AMOUNT = st.sampled_from((*RIGHT, *RIGHT, 5_017, 1, 0, -1_000))
TYPED = st.sampled_from((*RIGHT, 5_017, 20_050, 1))  # that no coins of a hundred make, among others
WAY = st.sampled_from(["cash", "cash", "mobile_money"])
YES = st.sampled_from([True, True, True, False])
