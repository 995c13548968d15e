"""Names of many scripts, for people who are made up."""

NAMES = (
    "Zoë Müller", "Γιώργος Παπαδόπουλος", "Юлия Кузнецова", "王小明", "田中さくら", "김민준", "محمد علي", "נועה לוי",
    "अनीता शर्मा", "Nguyễn Thị Ánh", "Łukasz Żółć", "Ada Lovelace",
)  # fmt: skip
