const noticeBox = element.querySelector('.notice');

function drawNotice() {
  const sentences = props.value?.sentences ?? [];
  noticeBox.className = `notice ${sentences.length ? 'filled' : ''} ${props.value?.kind === 'error' ? 'error' : ''}`;
  noticeBox.replaceChildren(...sentences.map((sentence) => {
    const paragraph = document.createElement('p');
    paragraph.textContent = sentence;
    return paragraph;
  }));
}

watch('value', drawNotice);
drawNotice();
