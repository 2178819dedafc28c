"""How each trunk is: registered with its carrier or not, answering or not."""

from sip.trunks.state import Reach, Registration, TrunkState
from sip.trunks.states import TrunkStates

__all__ = ["Reach", "Registration", "TrunkState", "TrunkStates"]
